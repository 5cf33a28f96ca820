import {Component, useState} from "@odoo/owl";
import {callNumber} from "../phone/call";
import {callWords, isMissed, timeOf} from "./lines";

/** A call of a conversation: what became of it, its recording, and calling back (VO). */
export class CallChip extends Component {
    static template = "kala_comm.CallChip";
    static props = {
        line: Object,
        isHit: {type: Boolean, optional: true},
        mayWrite: Boolean,
        slots: {type: Object, optional: true},
    };

    setup() {
        this.state = useState({isPlaying: false, isBroken: false});
    }

    get line() {
        return this.props.line;
    }
    get words() {
        return callWords(this.line);
    }
    get time() {
        return timeOf(this.line);
    }
    get isMissed() {
        return isMissed(this.line);
    }
    get mayCallBack() {
        return this.isMissed && this.line.contact && this.props.mayWrite;
    }
    /** A recording that we keep is played from here, another one from the telephone system. */
    get recording() {
        const kept = this.line.files.find(({mimetype}) =>
            (mimetype || "").startsWith("audio/")
        );
        return kept ? `/web/content/${kept.id}` : this.line.recording_url || "";
    }

    callBack() {
        callNumber(this.env, this.line.contact);
    }
}
