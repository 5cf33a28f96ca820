import {browser} from "@web/core/browser/browser";

/** Milliseconds after a sound in which there is no other: ten messages at once are heard once. */
const PAUSE = 3000;
/** Milliseconds after which a browser that lets no sound begin is not waited for. */
const PATIENCE = 500;
const CLAIM = "kala_comm.sound";
/** Hertz and seconds: two short tones, the second one higher. */
const TONES = [
    {pitch: 659.25, begin: 0},
    {pitch: 880, begin: 0.13},
];
const LENGTH = 0.35;
const LOUDNESS = 0.15;

const sleep = (time) => new Promise((resolve) => browser.setTimeout(resolve, time));

/**
 * A short sound of our own (NO1): made of two tones, so that there is no file to load. Browsers let
 * a page sound only after somebody has clicked or typed in it.
 *
 * Of several tabs one sounds: the first that may. The main tab need not be one, perhaps nobody has
 * clicked in it.
 */
export class Sound {
    constructor(multiTab) {
        this.multiTab = multiTab;
        this.context = null;
        this.lastAt = -PAUSE;
    }

    /** Whether a browser that tells it has seen a click or a key in this tab. */
    get isAllowed() {
        return browser.navigator.userActivation?.hasBeenActive ?? true;
    }

    /** @returns {Promise<Boolean>} whether this tab sounded */
    async play() {
        const context = await this.start();
        if (!context) {
            return false;
        }
        if (!browser.navigator.locks) {
            // Without https there are no locks
            return (await this.multiTab.isOnMainTab()) && this.ringOnce(context);
        }
        return new Promise((resolve, reject) => {
            browser.navigator.locks
                .request(CLAIM, {ifAvailable: true}, async (lock) => {
                    resolve(Boolean(lock) && this.ringOnce(context));
                    if (lock) {
                        await sleep(PAUSE);
                    }
                })
                .catch(reject);
        });
    }

    /** @returns {Promise<AudioContext|null>} null where the browser lets no sound begin */
    async start() {
        if (!window.AudioContext || (!this.context && !this.isAllowed)) {
            return null;
        }
        this.context ||= new window.AudioContext();
        if (this.context.state !== "running") {
            await Promise.race([this.context.resume(), sleep(PATIENCE)]);
        }
        return this.context.state === "running" ? this.context : null;
    }

    ringOnce(context) {
        if (browser.performance.now() - this.lastAt < PAUSE) {
            return false;
        }
        this.lastAt = browser.performance.now();
        for (const {pitch, begin} of TONES) {
            const start = context.currentTime + begin;
            const tone = new window.OscillatorNode(context, {frequency: pitch});
            const volume = new window.GainNode(context, {gain: 0});
            volume.gain.setValueAtTime(0, start);
            volume.gain.linearRampToValueAtTime(LOUDNESS, start + 0.02);
            volume.gain.exponentialRampToValueAtTime(0.001, start + LENGTH);
            tone.connect(volume).connect(context.destination);
            tone.start(start);
            tone.stop(start + LENGTH);
        }
        return true;
    }
}
