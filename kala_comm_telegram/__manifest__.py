{
    "name": "Kala Communication: Telegram",
    "summary": "A Telegram bot on the right order, lead or customer",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm"],
    "data": [
        "views/kala_connection_views.xml",
        "views/kala_communication_views.xml",
        "views/res_users_views.xml",
    ],
    "demo": ["demo/kala_comm_telegram_demo.xml"],
}
