/** Icons of the channels, wherever the web client shows one. */
export const CHANNEL_ICONS = {
    sms: "fa-commenting-o",
    whatsapp: "fa-whatsapp",
    messenger: "fa-facebook-official",
    telegram: "fa-telegram",
    viber: "fa-comments-o",
    voice: "fa-phone",
    email: "fa-envelope-o",
};

/** Icons of what is news beside communications (NO1). */
export const NEWS_ICONS = {
    lead: "fa-star-o",
    order: "fa-shopping-cart",
    task: "fa-check-square-o",
};

/** Nobody of ours spoke with who called. */
export const UNANSWERED = ["missed", "busy", "failed", "voicemail"];
