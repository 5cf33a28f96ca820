{
    "name": "Kala Communication: Messenger",
    "summary": "Facebook Messenger and Instagram direct messages on the right record",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm"],
    "data": ["views/kala_connection_views.xml"],
    "demo": ["demo/kala_comm_messenger_demo.xml"],
}
