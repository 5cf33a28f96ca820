import {
    Component,
    onWillStart,
    onWillUnmount,
    useEffect,
    useRef,
    useState,
} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {loadBundle} from "@web/core/assets";

/** A chart whose bars and points can be clicked, and the same as a table: for the keyboard, and for exact figures. */
export class FigureChart extends Component {
    static template = "kala_comm.FigureChart";
    static props = {
        chart: Object,
        className: {type: String, optional: true},
        onOpen: Function,
        slots: {type: Object, optional: true},
        title: String,
    };

    setup() {
        this.canvas = useRef("canvas");
        this.state = useState({isTable: false});
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.config.data), this.state.isTable]
        );
        onWillUnmount(() => this.drawn?.destroy());
    }

    get config() {
        return this.props.chart.config;
    }

    get says() {
        return _t("%(title)s: %(words)s", {
            title: this.props.title,
            words: this.props.chart.words,
        });
    }

    get rows() {
        const {labels, datasets} = this.config.data;
        const rows = labels.map((label, index) => ({
            index,
            label,
            values: datasets.map(({data}) => data[index]),
        }));
        // A day of nothing says nothing.
        return rows.filter(({values}) => values.some(this.props.chart.isSome));
    }

    draw() {
        this.drawn?.destroy();
        this.drawn = null;
        if (this.state.isTable) {
            return;
        }
        this.drawn = new window.Chart(this.canvas.el, {
            ...this.config,
            options: {
                ...this.config.options,
                onClick: (event, elements) => this.open(elements),
                onHover: (event, elements) => {
                    event.native.target.style.cursor = elements.length ? "pointer" : "";
                },
            },
        });
    }

    open(elements) {
        if (elements.length) {
            this.props.onOpen(elements[0].index, elements[0].datasetIndex);
        }
    }

    onTable() {
        this.state.isTable = !this.state.isTable;
    }
}
