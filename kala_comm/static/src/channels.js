import {session} from "@web/session";

/** The table of channels, as the server has it: code → icon, family, label. */
const CHANNELS = session.kala_channels || {};

/** Icons of the channels, wherever the web client shows one. */
export const CHANNEL_ICONS = Object.fromEntries(
    Object.entries(CHANNELS).map(([code, channel]) => [code, channel.icon])
);

/** Names of the channels, in the user's language. */
export const CHANNEL_LABELS = Object.fromEntries(
    Object.entries(CHANNELS).map(([code, channel]) => [code, channel.label])
);

/**
 * @param {String} channel
 * @returns {Boolean} whether it is of calls
 */
export function isCall(channel) {
    return CHANNELS[channel]?.family === "call";
}

/** Models whose records can be written to. */
export const RECORD_MODELS = session.kala_record_models || [];

/** Icons of what is news beside communications (NO1). */
export const NEWS_ICONS = {
    lead: "fa-star-o",
    order: "fa-shopping-cart",
    task: "fa-check-square-o",
};

/** Nobody of ours spoke with who called. */
export const UNANSWERED = ["missed", "busy", "failed", "voicemail"];
