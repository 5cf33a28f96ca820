import {Component, useState} from "@odoo/owl";
import {useBus, useService} from "@web/core/utils/hooks";
import {_t} from "@web/core/l10n/translation";

/** Bytes of a file that is taken here; more is a file for another way. */
const LARGEST = 64 * 1024 * 1024;
const ROUTE = "/web/binary/upload_attachment";

const UNREACHED = _t("It did not arrive. Look at the connection, then try again.");

/** @returns {Object} what the server told; a page of a proxy, or of the login, tells nothing */
function toldBy({xhr}) {
    try {
        return JSON.parse(xhr.responseText)[0] || {};
    } catch {
        return {};
    }
}

/** Files that go up to the server for an answer: one after the other, each with its progress. */
export class AnswerFiles {
    /**
     * @param {Function} facts gives those of the answer box
     * @param {Function} label gives the name of its channel
     * @param {Function} attach takes the id of the file that is there
     */
    constructor(uploads, notification, state, {facts, label, attach}) {
        Object.assign(this, {uploads, notification, state, facts, label, attach});
        this.lastKey = 0;
    }

    get rows() {
        return this.state.rows;
    }

    /** Something is on its way, or waits for it. */
    get isBusy() {
        return this.rows.some(({failure}) => !failure);
    }

    /** Files by button, paste and drop. */
    take(ev, files) {
        const found = [...(files || [])];
        if (found.length) {
            ev.preventDefault();
            this.add(found);
        }
    }

    /** Else the browser opens the file that is dropped, and the page is gone. */
    onDragover(ev) {
        if (ev.dataTransfer?.types.includes("Files")) {
            ev.preventDefault();
        }
    }

    add(files) {
        const refusal = this.refusalOf(files);
        if (refusal) {
            this.notification.add(refusal, {type: "warning"});
            return;
        }
        const boxId = this.facts().id;
        for (const file of files) {
            const key = ++this.lastKey;
            this.rows.push({
                key,
                boxId,
                file,
                name: file.name,
                failure: "",
                isUp: false,
            });
        }
        this.next();
    }

    refusalOf(files) {
        const {takes_files: takes, max_files: most, files: there} = this.facts();
        const channel = this.label();
        if (!takes) {
            return _t("%(channel)s takes no files. Choose another channel.", {channel});
        }
        if (there.length + this.rows.length + files.length > most) {
            return most === 1
                ? _t(
                      "%(channel)s takes one file with a message. Send the others by themselves.",
                      {channel}
                  )
                : _t(
                      "%(channel)s takes %(most)s files with a message at most. Choose fewer.",
                      {channel, most}
                  );
        }
        const large = files.find((file) => file.size > LARGEST);
        return large
            ? _t("“%(name)s” is too large. Choose a smaller file.", {name: large.name})
            : "";
    }

    /** The one that waits longest goes up, unless another one is on its way. */
    async next() {
        const row = this.rows.find(({failure}) => !failure);
        if (!row || row.isUp) {
            return;
        }
        row.isUp = true;
        row.upload = await this.uploads.upload(ROUTE, [row.file], {
            displayErrorNotification: false,
            buildFormData: (data) => {
                data.append("model", "kala.composer");
                data.append("id", row.boxId);
            },
        });
    }

    rowOf(upload) {
        return this.rows.find((row) => row.upload?.id === upload.id);
    }

    async onLoaded(upload) {
        const row = this.rowOf(upload);
        if (!row) {
            return;
        }
        const {id, error} = toldBy(upload);
        if (id) {
            await this.attach(id);
            this.remove(row.key);
        } else {
            this.fail(row, error || UNREACHED);
        }
    }

    onFailed(upload) {
        const row = this.rowOf(upload);
        if (row) {
            const words =
                upload.xhr.status === 413
                    ? _t("It is too large. Choose a smaller file.")
                    : UNREACHED;
            this.fail(row, words);
        }
    }

    fail(row, words) {
        row.failure = words;
        row.isUp = false;
        row.upload = null;
        this.next();
    }

    retry(key) {
        const row = this.rows.find((one) => one.key === key);
        row.failure = "";
        this.next();
    }

    /** One that is on its way is given up. */
    remove(key) {
        const at = this.rows.findIndex((one) => one.key === key);
        const [row] = at < 0 ? [] : this.rows.splice(at, 1);
        row?.upload?.xhr.abort();
        this.next();
    }

    /** Another answer begins: what was on its way was for the last one. */
    clear() {
        for (const {upload} of this.rows.splice(0)) {
            upload?.xhr.abort();
        }
    }
}

export function useAnswerFiles(acts) {
    const uploads = useService("file_upload");
    const state = useState({rows: []});
    const files = new AnswerFiles(uploads, useService("notification"), state, acts);
    useBus(uploads.bus, "FILE_UPLOAD_LOADED", ({detail}) =>
        files.onLoaded(detail.upload)
    );
    useBus(uploads.bus, "FILE_UPLOAD_ERROR", ({detail}) =>
        files.onFailed(detail.upload)
    );
    return files;
}

/** The files of an answer: those that are there, on their way, and failed. */
export class AnswerFileList extends Component {
    static template = "kala_comm.AnswerFileList";
    static props = {files: Array, rows: Array, onRemove: Function, uploads: Object};

    percentOf({upload}) {
        return Math.round(100 * (upload?.progress || 0));
    }
}
