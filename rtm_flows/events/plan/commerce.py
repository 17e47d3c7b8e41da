"""Web and commerce, as GA4 names them.

In: nothing. Out: the types of what people do in a shop. It knows nothing of what follows from them.
"""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from rtm_flows.events.plan.event import Count, Event, Money, Text


class PageView(Event, frozen=True, kw_only=True, tag="page_view"):
    """A page or screen was looked at."""

    content_type: Annotated[Text | None, Meta(description="The kind of content.")] = None
    content_id: Annotated[Text | None, Meta(description="The id of the content.")] = None


class FileDownload(PageView, frozen=True, kw_only=True, tag="file_download"):
    """A file was fetched from a page."""


class Search(Event, frozen=True, kw_only=True, tag="search"):
    """Something was searched for."""

    search_term: Annotated[Text | None, Meta(description="What was searched for.")] = None


class SignUp(Event, frozen=True, kw_only=True, tag="sign_up"):
    """An account was opened."""


class Login(Event, frozen=True, kw_only=True, tag="login"):
    """Somebody known came in."""


class Commerce(Event, frozen=True, kw_only=True):
    """What is about an item or its price."""

    item_id: Annotated[Text | None, Meta(description="The item.")] = None
    item_name: Annotated[Text | None, Meta(description="Its name.")] = None
    item_brand: Annotated[Text | None, Meta(description="Its brand.")] = None
    item_category: Annotated[Text | None, Meta(description="Its category.")] = None
    item_variant: Annotated[Text | None, Meta(description="Its size, colour ...")] = None
    item_list_id: Annotated[Text | None, Meta(description="The list it stood in.")] = None
    price: Annotated[Money | None, Meta(description="Of one piece, in currency units.")] = None
    quantity: Annotated[Count | None, Meta(description="How many; 1 if missing.")] = None
    value: Annotated[
        Money | None,
        Meta(description="The worth of the whole event; price x quantity if missing."),
    ] = None
    currency: Annotated[Text | None, Meta(description="ISO 4217 code of price and value.")] = None
    coupon: Annotated[Text | None, Meta(description="Code of a coupon.")] = None


class GenerateLead(Commerce, frozen=True, kw_only=True, tag="generate_lead"):
    """Somebody asked to be contacted; `value` is what that is worth."""


class ViewItemList(Commerce, frozen=True, kw_only=True, tag="view_item_list"):
    """A list of items was looked at."""


class SelectItem(Commerce, frozen=True, kw_only=True, tag="select_item"):
    """An item was chosen from a list."""


class ViewItem(Commerce, frozen=True, kw_only=True, tag="view_item"):
    """An item was looked at."""


class AddToCart(Commerce, frozen=True, kw_only=True, tag="add_to_cart"):
    """An item was laid into the cart."""


class RemoveFromCart(Commerce, frozen=True, kw_only=True, tag="remove_from_cart"):
    """An item was taken out of the cart."""


class ViewCart(Commerce, frozen=True, kw_only=True, tag="view_cart"):
    """The cart was looked at."""


class AddToWishlist(Commerce, frozen=True, kw_only=True, tag="add_to_wishlist"):
    """An item was put on a list of wishes."""


class ProductReviewed(Commerce, frozen=True, kw_only=True, tag="product_reviewed"):
    """An item was reviewed (Segment)."""


class ProductShared(Commerce, frozen=True, kw_only=True, tag="product_shared"):
    """An item was shown to others (Segment)."""


class Promotion(Commerce, frozen=True, kw_only=True):
    """What is about a promotion on a page."""

    promotion_id: Annotated[Text | None, Meta(description="The promotion.")] = None
    promotion_name: Annotated[Text | None, Meta(description="Its name.")] = None
    creative_name: Annotated[Text | None, Meta(description="Its picture or text.")] = None
    creative_slot: Annotated[Text | None, Meta(description="Its place on the page.")] = None


class ViewPromotion(Promotion, frozen=True, kw_only=True, tag="view_promotion"):
    """A promotion was seen."""


class SelectPromotion(Promotion, frozen=True, kw_only=True, tag="select_promotion"):
    """A promotion was clicked."""
