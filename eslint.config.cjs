// What the Odoo Community Association checks in JavaScript, as far as it finds faults and not taste.
const globals = require("globals");
const js = require("@eslint/js");

const FAULTS = [
    "array-callback-return",
    "eqeqeq",
    "init-declarations",
    "no-alert",
    "no-caller",
    "no-duplicate-imports",
    "no-eval",
    "no-extend-native",
    "no-implied-eval",
    "no-lonely-if",
    "no-new-func",
    "no-param-reassign",
    "no-return-assign",
    "no-script-url",
    "no-self-compare",
    "no-sequences",
    "no-shadow",
    "no-throw-literal",
    "no-unmodified-loop-condition",
    "no-unneeded-ternary",
    "no-unused-expressions",
    "no-useless-call",
    "no-useless-concat",
    "no-useless-rename",
    "no-void",
    "operator-assignment",
    "prefer-const",
    "radix",
    "yoda",
];

module.exports = [
    {ignores: ["**/static/lib/**"]},
    js.configs.recommended,
    {
        files: ["kala_*/static/**/*.js"],
        languageOptions: {
            ecmaVersion: 2024,
            sourceType: "module",
            globals: {
                ...globals.browser,
                ...globals.serviceworker,
                luxon: "readonly",
                odoo: "readonly",
            },
        },
        rules: {
            ...Object.fromEntries(FAULTS.map((rule) => [rule, "error"])),
            // A file reads from the whole to its parts: functions may stand below their use.
            "no-use-before-define": ["error", {functions: false, classes: false}],
        },
    },
    {
        files: ["tools/**/*.mjs", "tests/**/*.mjs", "eslint.config.cjs"],
        languageOptions: {
            ecmaVersion: 2024,
            globals: {
                ...globals.node,
                ...globals.browser,
                ...globals.serviceworker,
            },
        },
    },
];
