"""What people post in Azerbaijani.

In: nothing. Out: fragments by tone and topic, closings by tone, and a tag for each category.
"""

from __future__ import annotations

SAID = {
    "negative": {
        "item": (
            "Bir axşam geyindim, tikişi söküldü.",
            "Şəkildəkinə heç oxşamır, parçası nazik və kobuddur.",
            "Həmişəki ölçümü sifariş etdim, amma çox dar gəldi.",
        ),
        "delivery": (
            "Bağlamam bir həftədir ki, yoldadır, hələ də gəlib çıxmayıb.",
            "Çatdırılma tarixini yenə dəyişdilər, səbəbini deyən yoxdur.",
            "Sifarişi almaq üçün işdən icazə aldım, amma gətirmədilər.",
        ),
        "price": (
            "Cümə axşamı tam qiymətə aldım, cümə günü endirim başladı.",
            "Bu keyfiyyət üçün qiyməti çox bahadır.",
            "Ödəniş zamanı endirim kodu işləmədi.",
        ),
        "service": (
            "Qırx dəqiqə telefonda gözlədim, sonra zəng kəsildi.",
            "Müştəri xidmətinə üçüncü dəfədir yazıram, cavab yoxdur.",
            "Pulumu qaytarmaq əvəzinə hazır məktub göndərdilər.",
        ),
    },
    "neutral": {
        "item": (
            "Bilən var, bunun ölçüləri kiçik gəlir?",
            "Tünd göy rəngdə aldım, indi qum rəngi haqqında da düşünürəm.",
            "Pis deyil, adi bir şeydir.",
        ),
        "delivery": (
            "Bağlama bu gün çatdı, hələ açmamışam.",
            "Adi çatdırılma üç gün çəkir, yoxsa dörd?",
            "Bu dəfə sifarişi mağazadan özüm götürdüm.",
        ),
        "price": (
            "Gözləyirəm, görüm endirimə düşəcək, ya yox.",
            "Qiyməti təxminən başqa yerlərdəki kimidir.",
            "Yeni müştərilər üçün endirim kodu olan var?",
        ),
        "service": (
            "Sifarişdən yalnız bir malı necə qaytarmaq olar?",
            "Dəyişdirmək üçün zəng etdim, dedilər ki, geri zəng edəcəklər.",
            "Bazar günü onlayn dəstək işləyir?",
        ),
    },
    "positive": {
        "item": (
            "Elə bil mənim üçün tikilib, tam oturur.",
            "Rəngi şəkildəkindən də gözəldir.",
            "Üçüncü dəfədir buradan alıram, keyfiyyət həmişəki kimi əladır.",
        ),
        "delivery": (
            "Bazar ertəsi sifariş etdim, çərşənbə günü artıq geyinmişdim.",
            "Bir gün tez gəldi, qablaşdırma da çox səliqəlidir.",
            "Kuryer çox mədəni idi, mən düşənə qədər gözlədi.",
        ),
        "price": (
            "Parçasını görəndə qiymətinə inanmadım.",
            "Endirimdə iyirmi faiz ucuz aldım.",
            "Hər qəpiyinə dəyər.",
        ),
        "service": (
            "Ölçünü səhv seçmişdim, heç bir problem olmadan dəyişdilər.",
            "Telefonda danışdığım xanım çox mehriban idi.",
            "Pulum iki günə geri qaytarıldı.",
        ),
    },
}
CLOSINGS = {
    "negative": ("", "Bir daha almaram.", "Çox məyus oldum 😞", "Belə olmaz axı."),
    "neutral": ("", "Görək nə olur.", "Sadəcə soruşuram.", "🤔"),
    "positive": ("", "Çox bəyəndim ❤️", "Təşəkkür edirəm!", "Yenə sifariş edəcəyəm."),
}
TAGS = (
    *("#don", "#bluz", "#köynək", "#trikotaj", "#şalvar", "#cins", "#ətək", "#palto"),
    *("#ayaqqabı", "#çanta", "#zərgərlik", "#şərf", "#kəmər"),
)
