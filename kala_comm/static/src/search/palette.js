import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime, formatDate} from "@web/core/l10n/dates";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {Hit} from "./hit";
import {openHit} from "./open_hit";

/** What is typed before the words, as "/" before those of a menu. */
export const NAMESPACE = "!";
/** Letters from which on is searched, hits of a page, and the most of them. */
const SHORTEST = 2;
const PAGE = 20;
const MOST = 80;
/** Milliseconds after the last key. */
const TYPED = 250;

const CATEGORIES = [
    ["kala_records", _t("Leads, orders and customers")],
    ["kala_lines", _t("Messages, calls and e-mails")],
    ["kala_more", undefined],
];
const SETUP = {
    debounceDelay: TYPED,
    emptyMessage: _t("Nothing found. Type words of a message, a name or a number."),
    name: _t("conversations"),
    placeholder: _t("Search in all conversations..."),
};

/** Commands of Odoo's palette (Ctrl+K), one for each hit of a search in the log (LO11). */
export class ConversationSearch {
    /** @param {Object} services of the web client */
    constructor(services) {
        this.services = services;
    }

    /** Open the palette with a question. */
    open(words = "") {
        this.services.command.openPalette(this.config(words));
    }

    /** @returns {Object} what the palette needs to show this search and nothing else */
    config(words = "", limit = PAGE) {
        return {
            configByNamespace: {
                [NAMESPACE]: {
                    ...SETUP,
                    categories: CATEGORIES.map(([category]) => category),
                    categoryNames: Object.fromEntries(CATEGORIES),
                },
            },
            providers: [this.provider(limit)],
            searchValue: NAMESPACE + words,
        };
    }

    provider(limit = PAGE) {
        return {
            namespace: NAMESPACE,
            provide: (_env, {searchValue}) => this.commands(searchValue || "", limit),
        };
    }

    async commands(words, limit) {
        if (words.trim().length < SHORTEST) {
            return [];
        }
        const found = await this.services.orm.silent.call(
            "kala.search",
            "find",
            [words],
            {limit}
        );
        return [
            ...found.records.map((record) => this.recordCommand(record)),
            ...found.hits.map((hit) => this.hitCommand(hit)),
            ...this.lastCommands(found, words, limit),
        ];
    }

    recordCommand(record) {
        const {model, id: resId, name} = record;
        return {
            Component: Hit,
            action: () => openHit(this.services, {model, resId}),
            category: "kala_records",
            name: name || _t("Unnamed"),
            props: {record},
        };
    }

    hitCommand(hit) {
        const {model, res_id: resId, key, id, parts} = hit;
        return {
            Component: Hit,
            action: () => openHit(this.services, {model, resId, key, id}),
            category: "kala_lines",
            name: parts.map(({text}) => text).join("") || hit.channel_label,
            props: {hit},
        };
    }

    /** What stands below the hits: more of them, and what cannot be found yet. */
    lastCommands({more, since}, words, limit) {
        const commands = [];
        if (more && limit < MOST) {
            commands.push({
                name: _t("Show more"),
                category: "kala_more",
                action: () => this.config(words, Math.min(MOST, limit + 2 * PAGE)),
            });
        }
        if (since) {
            commands.push({
                name: _t(
                    "Older messages than of %(date)s cannot be found yet: the search is being prepared.",
                    {date: formatDate(deserializeDateTime(since))}
                ),
                category: "kala_more",
                action: () => this.config(words, limit),
            });
        }
        return commands;
    }
}

/** Only who reads communications searches in them. */
export const searchService = {
    dependencies: ["action", "command", "kala_comm.conversation", "orm"],
    start(env) {
        const search = new ConversationSearch(env.services);
        user.hasGroup("kala_comm.group_user").then((isUser) => {
            if (isUser) {
                offer(search);
            }
        });
        return search;
    },
};

/** In the palette: by its sign, and by a command that people find by typing "search". */
function offer(search) {
    CATEGORIES.forEach(([category, name], n) =>
        registry
            .category("command_categories")
            .add(
                category,
                {namespace: NAMESPACE, name},
                {sequence: 10 + n, force: true}
            )
    );
    registry.category("command_setup").add(NAMESPACE, SETUP, {force: true});
    registry
        .category("command_provider")
        .add("kala_comm.search", search.provider(), {force: true})
        .add(
            "kala_comm.search_open",
            {
                provide: () => [
                    {
                        name: _t("Search in all conversations"),
                        category: "app",
                        action: () => search.config(),
                    },
                ],
            },
            {force: true}
        );
}

registry.category("services").add("kala_comm.search", searchService);
