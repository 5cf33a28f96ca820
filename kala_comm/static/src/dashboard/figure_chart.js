import {Component, onWillStart, onWillUnmount, useEffect, useRef} from "@odoo/owl";
import {loadBundle} from "@web/core/assets";

/** A chart whose bars and points can be clicked. */
export class FigureChart extends Component {
    static template = "kala_comm.FigureChart";
    static props = {
        config: Object,
        onOpen: Function,
        title: String,
    };

    setup() {
        this.canvas = useRef("canvas");
        onWillStart(() => loadBundle("web.chartjs_lib"));
        useEffect(
            () => this.draw(),
            () => [JSON.stringify(this.props.config.data), this.props.title]
        );
        onWillUnmount(() => this.chart?.destroy());
    }

    draw() {
        this.chart?.destroy();
        const {config} = this.props;
        this.chart = new window.Chart(this.canvas.el, {
            ...config,
            options: {
                ...config.options,
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
}
