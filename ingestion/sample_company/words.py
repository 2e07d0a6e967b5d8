"""The words of the sample company: names, places and what people write, in three languages.

Comments include what real ones include: e-mail addresses, phone and card numbers that must be
masked before anybody reads them, and markup and spreadsheet formulas that must never run.
All addresses use the reserved domain `.example`; card numbers are the networks' test numbers.
"""
# ruff: noqa: RUF001 - Persian and Arabic letters are what they are.

LANGUAGES = ("fa", "ar", "en")

FIRST_NAMES = (
    ("سارا", "علی", "مریم", "رضا", "زهرا", "امیر", "نگار", "حسین", "لیلا", "کاوه"),
    ("فاطمة", "محمد", "نور", "خالد", "ليلى", "يوسف", "مريم", "عمر", "هدى", "سالم"),
    ("Alice", "James", "Emma", "Oliver", "Grace", "Noah", "Chloe", "Liam", "Ruth", "Owen"),
)
LAST_NAMES = (
    ("احمدی", "رضایی", "کریمی", "حسینی", "مرادی", "جعفری", "صادقی", "نوری"),
    ("الهاشمي", "النعيمي", "حداد", "منصور", "الخطيب", "سليمان", "الزهراني", "عباس"),
    ("Smith", "Jones", "O'Neill", "Brown", "Taylor", "Wilson", "Clarke", "Walker"),
)
LATIN_FIRST_NAMES = (
    ("sara", "ali", "maryam", "reza", "zahra", "amir", "negar", "hossein", "leila", "kaveh"),
    ("fatima", "mohammed", "noor", "khalid", "layla", "yousef", "mariam", "omar", "huda", "salem"),
    ("alice", "james", "emma", "oliver", "grace", "noah", "chloe", "liam", "ruth", "owen"),
)
CITIES = (
    (("تهران", "مشهد", "اصفهان", "شیراز", "تبریز", "کرج"),),
    (
        ("دبي", "أبوظبي", "الشارقة"),
        ("الرياض", "جدة", "الدمام"),
        ("القاهرة", "الإسكندرية", "الجيزة"),
    ),
    (("London", "Manchester", "Bristol"), ("New York", "Chicago", "Austin")),
)

COMPANIES = (
    "کارآمد",
    "نوین تجارت",
    "الأفق",
    "دار النخيل",
    "Northwind",
    "Blue Harbour",
    "Alder & Sons",
)

PRAISE = (
    (
        "خیلی راضی بودم، ممنون.",
        "ارسال سریع و بسته‌بندی عالی بود.",
        "پشتیبانی خوش‌برخورد و حرفه‌ای 👍",
        "همه چیز مرتب بود.",
        "قیمت‌ها منصفانه است و کیفیت خوب.",
    ),
    (
        "خدمة ممتازة، شكراً لكم.",
        "وصل الطلب قبل الموعد.",
        "الدعم كان سريعاً ولطيفاً 👍",
        "تجربة رائعة وسهلة.",
        "جودة المنتج ممتازة.",
    ),
    (
        "Great service, thank you.",
        "Arrived early and well packed.",
        "Support sorted it in minutes 👍",
        "Easy from start to finish.",
        "Fair price, good quality.",
    ),
)
NEUTRAL = (
    ("بد نبود.", "معمولی بود، می‌تواند بهتر شود.", "قیمت کمی بالاست ولی کیفیت خوب است.", "اوکی"),
    ("لا بأس.", "تجربة عادية، يمكن أن تكون أفضل.", "السعر مرتفع قليلاً.", "عادي"),
    ("It was fine.", "Average, could be quicker.", "A bit pricey but good quality.", "ok"),
)
BLAME = (
    (
        "سفارش دیر رسید و کسی جواب نداد.",
        "سه بار تماس گرفتم و هر بار از اول توضیح دادم!",
        "اپلیکیشن موقع پرداخت خطا می‌دهد.",
        "کالا با عکس فرق داشت.",
        "dige kharid nemikonam",
    ),
    (
        "تأخر الطلب ولم يرد أحد.",
        "اتصلت ثلاث مرات وأعدت الشرح كل مرة!",
        "التطبيق يتعطل عند الدفع.",
        "المنتج مختلف عن الصورة.",
        "el khedma sayy2a giddan",
    ),
    (
        "The order came late and nobody answered.",
        "Called three times, explained it all each time!",
        "The app fails at checkout on my phone.",
        "Not as described.",
        "Never again.",
    ),
)
PERSONAL = (
    (
        "لطفاً با شماره ۰۹۱۲۳۴۵۶۷۸۹ تماس بگیرید.",
        "ایمیل من sara.ahmadi@mail.example است.",
        "با کارت 6037-9975-9999-9993 پرداخت کردم.",
    ),
    (
        "يرجى الاتصال على ‎+971 50 123 4567.",
        "بريدي omar@post.example",
        "دفعت بالبطاقة 5555 5555 5555 4444",
    ),
    (
        "Please call me on +44 7700 900123.",
        "Write to alice.smith@mail.example please.",
        "I paid with card 4111 1111 1111 1111, where is my refund?",
    ),
)
HOSTILE = (
    "<script>alert('cx')</script> bad",
    "<img src=x onerror=alert(1)> late again",
    "=cmd|' /C calc'!A0",
    '"quoted", with a comma,\nand a second line',
    "+1-1*2</textarea><svg/onload=alert(2)>",
)

STAFF_SAYS = (
    "مشتری‌ها هر بار باید از اول توضیح بدهند.",
    "نظام التذاكر بطيء.",
    "Refunds need two approvals, that takes days.",
    "Good month, fewer late parcels.",
)
AGENT_SAYS = (
    "سلام، پیگیری شد. — پشتیبانی",
    "مرحباً، تم حل الطلب. — الدعم",
    "Hello, this is sorted now.",
)
NPS_WORDING = "چقدر احتمال دارد ما را به دوستان خود پیشنهاد کنید؟"
SEARCHES = ("کفش", "هاتف", "gift")

MOOD_TEXTS = (BLAME, NEUTRAL, PRAISE)


def full_names() -> list[str]:
    """Names by language, first name and last name, in that order."""
    return [
        f"{first} {last}"
        for firsts, lasts in zip(FIRST_NAMES, LAST_NAMES, strict=True)
        for first in firsts
        for last in lasts
    ]


def call_notes() -> list[str]:
    """What agents note of a call with each of `full_names`."""
    verbs = ("تماس گرفت و پیگیر سفارش است", "اتصل للاستفسار عن الطلب", "called about the order")
    names = full_names()
    return [f"{name} {verbs[place * 3 // len(names)]}." for place, name in enumerate(names)]


def comments() -> tuple[list[str], list[list[tuple[int, int]]], list[tuple[int, int]], int]:
    """All comments in one list, and where in it each kind lies, as (first, count).

    Returns the list, the spans by [mood 0..2][language], those of personal data by [language],
    and where the hostile ones begin.
    """
    texts: list[str] = []

    def span(group: tuple[str, ...]) -> tuple[int, int]:
        texts.extend(group)
        return len(texts) - len(group), len(group)

    moods = [[span(group) for group in by_language] for by_language in MOOD_TEXTS]
    personal = [span(group) for group in PERSONAL]
    hostile = len(texts)
    texts.extend(HOSTILE)
    return texts, moods, personal, hostile


TOPICS = ("delivery", "refund", "payment", "product", "account", "app")
LOST_REASONS = ("price", "no answer", "chose another shop", "not the right time")
CANCEL_REASONS = ("too expensive", "bad service", "moved", "no longer needed")
RETURN_REASONS = ("did not fit", "not as described", "damaged", "changed my mind")
RIVALS = ("Homa", "Anka")
CATEGORIES = ("phones", "home", "books", "clothes", "groceries", "toys")
