"""What an operator looks at: metrics, health, readiness and logs, served beside the run.

Nothing here is asked by the core, and nothing here can change an answer or hold one up.
"""
