import {useExternalListener} from "@odoo/owl";
import {useHotkey} from "@web/core/hotkeys/hotkey_hook";
import {useService} from "@web/core/utils/hooks";

/** Where a letter is a letter, or chooses something. */
const TYPED = "input, textarea, select, [contenteditable='true']";
/** Where arrows have a meaning of their own. */
const MOVED = `${TYPED}, [role=tablist], [role=menu], [role=log], .o-dropdown--menu, .o_main_navbar`;

/**
 * Keys of the Inbox, through Odoo's own service: they rest while somebody types, and while a dialog
 * or a menu is open. Letters are those of the place on the keyboard where its letters are not Latin.
 *
 * @param {Object<String, Function>} letters
 * @param {{next: Function, previous: Function}} arrows
 * @param {Object<String, Function>} signs of the text they write: "/", "?"
 * @param {Function} isReady whether keys are taken now
 */
export function useInboxKeys({letters, arrows, signs, isReady}) {
    const ui = useService("ui");
    const isFree = (target, taken = TYPED) =>
        isReady() && !(target instanceof Element && target.closest(taken));
    for (const [letter, work] of Object.entries(letters)) {
        useHotkey(letter, () => work(), {
            allowRepeat: ["j", "k"].includes(letter),
            isAvailable: (target) => isFree(target),
        });
    }
    for (const [arrow, work] of Object.entries(arrows)) {
        useHotkey(arrow, () => work(), {
            allowRepeat: true,
            isAvailable: (target) => isFree(target, MOVED),
        });
    }
    // Odoo's service knows no signs.
    useExternalListener(window, "keydown", (ev) => {
        const isOfDialog = ui.activeElement !== document;
        const work = ev.ctrlKey || ev.altKey || ev.metaKey ? null : signs[ev.key];
        if (work && !isOfDialog && !ev.isComposing && isFree(ev.target)) {
            ev.preventDefault();
            work();
        }
    });
}
