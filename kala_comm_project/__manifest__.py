{
    "name": "Kala Communication: Project",
    "summary": "Notification rules about tasks",
    "version": "19.0.1.4.0",
    "category": "Sales/CRM",
    "author": "Kala Communication",
    "license": "LGPL-3",
    "website": "https://github.com/kala-communication/kala-communication",
    "images": ["static/description/banner.png"],
    "depends": ["kala_comm", "project"],
    "auto_install": True,
    "data": ["data/kala_rule_data.xml"],
}
