"""The fashion shop: its lines, and the truth behind them."""
