"""What people post in Vietnamese.

In: nothing. Out: fragments by tone and topic, closings by tone, and a tag for each category.
"""

from __future__ import annotations

SAID = {
    "negative": {
        "item": (
            "Mới mặc một lần đã bung chỉ.",
            "Khác hẳn trong ảnh, vải vừa mỏng vừa ráp.",
            "Đặt đúng cỡ mọi khi mà chật không cài nổi.",
        ),
        "delivery": (
            "Đơn hàng báo “đang giao” cả tuần nay mà vẫn chưa thấy đâu.",
            "Lại dời ngày giao hàng mà không nói lý do.",
            "Xin nghỉ một ngày để nhận hàng mà chẳng ai giao.",
        ),
        "price": (
            "Thứ Năm mua nguyên giá, thứ Sáu giảm hai mươi phần trăm. Chán thật.",
            "Đắt quá so với chất lượng.",
            "Lúc thanh toán mã giảm giá không dùng được.",
        ),
        "service": (
            "Chờ máy bốn mươi phút rồi bị ngắt.",
            "Nhắn cho chăm sóc khách hàng ba lần vẫn không ai trả lời.",
            "Không hoàn tiền mà chỉ gửi một bức thư mẫu.",
        ),
    },
    "neutral": {
        "item": (
            "Có ai biết mẫu này có nhỏ hơn cỡ thường không?",
            "Mình mua màu xanh đậm, đang nghĩ thêm về màu cát.",
            "Cũng tạm, không hơn không kém.",
        ),
        "delivery": (
            "Hôm nay nhận được hàng rồi mà chưa mở.",
            "Giao hàng thường là ba ngày hay bốn ngày vậy?",
            "Lần này mình tự ra cửa hàng lấy.",
        ),
        "price": (
            "Đang chờ xem có giảm giá không.",
            "Giá cũng gần như các chỗ khác.",
            "Có ai có mã cho khách mới không?",
        ),
        "service": (
            "Muốn trả lại một món trong đơn thì làm thế nào?",
            "Mình gọi hỏi đổi hàng, họ bảo sẽ gọi lại.",
            "Chủ nhật có hỗ trợ trực tuyến không?",
        ),
    },
    "positive": {
        "item": (
            "Mặc vừa như may đo cho mình.",
            "Màu ngoài đời còn đẹp hơn trong ảnh.",
            "Lần thứ ba mua ở đây, chất lượng vẫn tốt như mọi khi.",
        ),
        "delivery": (
            "Đặt thứ Hai, thứ Tư đã được mặc.",
            "Giao sớm một ngày, gói rất đẹp.",
            "Anh giao hàng dễ thương, còn chờ mình xuống lấy.",
        ),
        "price": (
            "Sờ vào vải mà không tin được cái giá này.",
            "Mua đúng đợt giảm hai mươi phần trăm.",
            "Đáng từng đồng.",
        ),
        "service": (
            "Mình chọn nhầm cỡ mà được đổi rất nhanh.",
            "Chị tư vấn qua điện thoại cực kỳ nhẹ nhàng.",
            "Hai ngày sau đã nhận lại tiền.",
        ),
    },
}
CLOSINGS = {
    "negative": ("", "Không bao giờ mua nữa.", "Thất vọng quá 😞", "Tệ thật sự."),
    "neutral": ("", "Để xem sao.", "Hỏi vậy thôi.", "🤔"),
    "positive": ("", "Thích lắm ❤️", "Cảm ơn shop!", "Sẽ mua tiếp."),
}
TAGS = (
    *("#đầm", "#áokiểu", "#áosơmi", "#đồlen", "#quầntây", "#quầnjean", "#chânváy", "#áokhoác"),
    *("#giày", "#túixách", "#trangsức", "#khănchoàng", "#thắtlưng"),
)
