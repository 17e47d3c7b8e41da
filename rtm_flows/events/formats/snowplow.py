"""Snowplow: enriched events as tab-separated values, as CSV with a header, or as JSON.

JSON is what its analytics SDKs make of the former. The time is `derived_tstamp`; older events that
lack it have it computed from the device's and the collector's clocks.
"""

from __future__ import annotations

from typing import Final

from rtm_flows.events.mapping import Mapping, Several

_ACTION: Final = (
    "unstruct_event_com_snowplowanalytics_snowplow_ecommerce_snowplow_ecommerce_action_1"
)
_TYPES: Final = {
    "page_view": "page_view",
    "screen_view": "page_view",
    "site_search": "search",
    "add_to_cart": "add_to_cart",
    "remove_from_cart": "remove_from_cart",
    "transaction": "purchase",
    "consent_preferences": "modify_consent",
    "submit_form": "generate_lead",
    # of the e-commerce action
    "product_view": "view_item",
    "list_view": "view_item_list",
    "list_click": "select_item",
    "checkout_step": "begin_checkout",
    "refund": "refund",
    "promo_view": "view_promotion",
    "promo_click": "select_promotion",
}

SNOWPLOW: Final = Mapping(
    id="event_id",
    time="derived_tstamp",
    original_timestamp="dvce_created_tstamp",
    sent_at="dvce_sent_tstamp",
    received_at="collector_tstamp",
    user_id="user_id",
    anonymous_id=Several(first_of=["domain_userid", "network_userid"]),
    type=Several(first_of=[f"{_ACTION}.type", "event_name", "event"]),
    types=_TYPES,
    ignore=["page_ping", "transaction_item"],
    unmapped="custom",
    missing_columns="allow",
    price="ti_price",
    quantity="ti_quantity",
    value=Several(first_of=["tr_total", "se_value"]),
    currency="tr_currency",
    session_id="domain_sessionid",
    session_index="domain_sessionidx",
    channel="mkt_medium",
    device="dvce_type",
    item_id="ti_sku",
    item_name="ti_name",
    item_category="ti_category",
    transaction_id="tr_orderid",
    order_id="tr_orderid",
    locale="br_lang",
    timezone=Several(first_of=["os_timezone", "geo_timezone"]),
    platform="platform",
    scope="app_id",
    url="page_url",
    page_title="page_title",
    referrer="page_referrer",
    campaign="mkt_campaign",
    campaign_source="mkt_source",
    campaign_medium="mkt_medium",
    campaign_term="mkt_term",
    campaign_content="mkt_content",
)
"""Enriched events of Snowplow."""

_NAMES: Final = """
app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker
v_tracker v_collector v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx
network_userid geo_country geo_region geo_city geo_zipcode geo_latitude geo_longitude
geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url page_title page_referrer
page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment refr_urlscheme
refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source
refr_term mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action
se_label se_property se_value unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping
tr_city tr_state tr_country ti_orderid ti_sku ti_name ti_category ti_price ti_quantity
pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family br_version
br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java
br_features_director br_features_quicktime br_features_realplayer br_features_windowsmedia
br_features_gears br_features_silverlight br_cookies br_colordepth br_viewwidth br_viewheight
os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile dvce_screenwidth
dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base
tr_shipping_base ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network
etl_tags dvce_sent_tstamp refr_domain_userid refr_dvce_tstamp derived_contexts domain_sessionid
derived_tstamp event_vendor event_name event_format event_version event_fingerprint true_tstamp
"""

SNOWPLOW_COLUMNS: Final = tuple(_NAMES.split())
"""The columns of enriched events as tab-separated values, which have no header."""
