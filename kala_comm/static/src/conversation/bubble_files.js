import {Component, useState} from "@odoo/owl";
import {FileModelMixin} from "@web/core/file_viewer/file_model";
import {useFileViewer} from "@web/core/file_viewer/file_viewer_hook";

/** Files of one message that are shown at once; the others by a click. */
const SHOWN = 12;

class File extends FileModelMixin(class {}) {
    constructor(values) {
        super();
        Object.assign(this, values, {type: "binary"});
    }
    get isAudio() {
        return (this.mimetype || "").startsWith("audio/");
    }
}

/** The files of a message: pictures, players, and names to open (LO2). */
export class BubbleFiles extends Component {
    static template = "kala_comm.BubbleFiles";
    static props = {files: Array};

    setup() {
        this.fileViewer = useFileViewer();
        this.state = useState({isWhole: false});
        /** Pictures that cannot be shown: their name is. */
        this.broken = useState(new Set());
    }

    get all() {
        return this.props.files.map((values) => new File(values));
    }
    get files() {
        return this.state.isWhole ? this.all : this.all.slice(0, SHOWN);
    }
    get rest() {
        return this.all.length - this.files.length;
    }

    open(file) {
        if (file.isViewable && !this.broken.has(file.id)) {
            const viewable = this.all.filter((one) => one.isViewable);
            this.fileViewer.open(
                viewable.find((one) => one.id === file.id),
                viewable
            );
        } else {
            window.open(file.downloadUrl, "_blank", "noopener");
        }
    }
}
