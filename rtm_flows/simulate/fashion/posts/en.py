"""What people post in English.

In: nothing. Out: fragments by tone and topic, closings by tone, and a tag for each category.
"""

from __future__ import annotations

SAID = {
    "negative": {
        "item": (
            "The seam came apart after one evening.",
            "Looks nothing like the photo, the fabric is thin and scratchy.",
            "Ordered my usual size and could not even close it.",
        ),
        "delivery": (
            'My parcel has been "on its way" for a week now.',
            "They moved the delivery date again, and nobody says why.",
            "Took a day off for a delivery that never came.",
        ),
        "price": (
            "Full price on Thursday, twenty percent off on Friday. Thanks a lot.",
            "Far too expensive for what you get.",
            "The voucher did not work at the checkout, so I paid more than planned.",
        ),
        "service": (
            "Forty minutes in the queue, then the line went dead.",
            "Third message to customer service and still no answer.",
            "They sent me a form letter instead of my refund.",
        ),
    },
    "neutral": {
        "item": (
            "Does anybody know if this runs small?",
            "Bought it in navy, thinking about the sand one as well.",
            "It is fine. Not more, not less.",
        ),
        "delivery": (
            "Parcel arrived today, have not opened it yet.",
            "Is standard delivery three days or four?",
            "Picked it up at the store this time.",
        ),
        "price": (
            "Waiting to see whether it will be in the sale.",
            "About the same price as everywhere else.",
            "Has anyone got a voucher for new customers?",
        ),
        "service": (
            "How do I send back only one of two items?",
            "Called them about an exchange, they will get back to me.",
            "Is the chat open on Sundays?",
        ),
    },
    "positive": {
        "item": (
            "Fits as if it had been made for me.",
            "The colour is even nicer than in the pictures.",
            "Third time I have bought here, and the quality is as good as ever.",
        ),
        "delivery": (
            "Ordered on Monday, wearing it on Wednesday.",
            "Arrived a day early and beautifully packed.",
            "The driver even waited until I had found my keys.",
        ),
        "price": (
            "Could not believe the price when I felt the fabric.",
            "Got it for twenty percent less in the sale.",
            "Worth every penny.",
        ),
        "service": (
            "Wrong size, my fault, and they changed it without a word.",
            "The lady on the phone could not have been kinder.",
            "Refund was there within two days.",
        ),
    },
}
CLOSINGS = {
    "negative": ("", "Never again.", "So disappointed 😞", "Really not good enough."),
    "neutral": ("", "Let's see.", "Just asking.", "🤔"),
    "positive": ("", "Love it ❤️", "Thank you!", "Will order again."),
}
TAGS = (
    *("#dresses", "#tops", "#shirts", "#knitwear", "#trousers", "#jeans", "#skirts", "#coats"),
    *("#shoes", "#bags", "#jewellery", "#scarves", "#belts"),
)
