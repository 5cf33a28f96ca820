import {Component, useState} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {valueWords} from "./words";

/** The figures of each user, team or line. */
export class DashboardTable extends Component {
    static template = "kala_comm.DashboardTable";
    static props = {table: Object, group: String, onGroup: Function, onOpen: Function};

    setup() {
        this.state = useState({column: "incoming", isUp: false});
    }

    get groups() {
        return [
            ["user", _t("Users")],
            ["team", _t("Teams")],
            ["line", _t("Lines")],
        ];
    }

    get columns() {
        return [
            {name: "incoming", label: _t("Incoming"), kind: "count", opens: "incoming"},
            {name: "outgoing", label: _t("Outgoing"), kind: "count", opens: "outgoing"},
            {name: "asked", label: _t("Questions"), kind: "count", opens: "asked"},
            {name: "share", label: _t("Questions answered"), kind: "share", opens: ""},
            {name: "first_work", label: _t("First answer"), kind: "time", opens: ""},
            {name: "answer_work", label: _t("Time to answer"), kind: "time", opens: ""},
            {name: "missed", label: _t("Missed calls"), kind: "count", opens: "missed"},
            {name: "failed", label: _t("Failed"), kind: "count", opens: "failed"},
        ];
    }

    get rows() {
        const {column, isUp} = this.state;
        const sign = isUp ? 1 : -1;
        const order = (one, other) => {
            const [a, b] = [one[column], other[column]];
            // What has no value stands last, whichever way the others are sorted.
            if (a === null || b === null) {
                return (a === null) - (b === null);
            }
            return sign * (typeof a === "string" ? a.localeCompare(b) : a - b);
        };
        return [...this.props.table.rows].sort(order);
    }

    direction(name) {
        if (this.state.column !== name) {
            return "none";
        }
        return this.state.isUp ? "ascending" : "descending";
    }

    onSort(name) {
        const isSame = this.state.column === name;
        Object.assign(this.state, {
            column: name,
            isUp: isSame ? !this.state.isUp : name === "name",
        });
    }

    onOpen(row, column) {
        this.props.onOpen(column.opens, {group: this.props.table.group, id: row.id});
    }

    words(value, kind) {
        return valueWords(value, kind);
    }
}
