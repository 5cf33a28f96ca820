import {useEffect} from "@odoo/owl";

/**
 * Who looks at the end of some lines stays there while an image loads into them, or the answer
 * below them grows.
 *
 * @param {{el: HTMLElement}} list ref of what scrolls
 * @param {Number} near pixels from the end within which it is the end
 */
export function useStayAtEnd(list, near) {
    useEffect(
        (el) => {
            if (!el) {
                return;
            }
            let isAtEnd = true;
            const look = () => {
                isAtEnd = el.scrollHeight - el.scrollTop - el.clientHeight < near;
            };
            const stay = () => {
                if (isAtEnd) {
                    el.scrollTop = el.scrollHeight;
                }
            };
            const sizes = new ResizeObserver(stay);
            sizes.observe(el);
            el.addEventListener("scroll", look, {passive: true});
            // What loads tells it to nobody but itself.
            el.addEventListener("load", stay, true);
            return () => {
                sizes.disconnect();
                el.removeEventListener("scroll", look);
                el.removeEventListener("load", stay, true);
            };
        },
        () => [list.el]
    );
}
