{
    "name": "Kala Communication: SMS",
    "summary": "SMS through Odoo, Inforu, 019 and any HTTP gateway",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm"],
    "data": [
        "data/ir_cron_data.xml",
        "views/kala_connection_views.xml",
        "views/kala_communication_views.xml",
    ],
    "assets": {
        "web.assets_backend": ["kala_comm_sms/static/src/**/*"],
    },
}
