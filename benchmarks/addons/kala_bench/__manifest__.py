{
    "name": "Kala Benchmark Peers",
    "summary": "The plainest Odoo route and job, to measure ours against",
    "version": "19.0.1.0.0",
    "license": "LGPL-3",
    "author": "Kala Communication",
    "website": "https://github.com/kala-communication/kala-communication",
    "category": "Hidden",
    "depends": ["bus"],
    "data": ["security/ir.model.access.csv", "data/ir_cron_data.xml"],
}
