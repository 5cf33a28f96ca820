{
    "name": "Kala Communication: WhatsApp",
    "summary": "WhatsApp through Meta's Cloud API or waboxapp",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm"],
    "data": ["views/kala_connection_views.xml"],
    "assets": {
        "web.assets_tests": ["kala_comm_whatsapp/static/tests/tours/**/*"],
    },
}
