{
    "name": "Kala Communication: Twilio",
    "summary": "SMS, WhatsApp and the log of calls through one Twilio account",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm"],
    "data": ["views/kala_connection_views.xml"],
}
