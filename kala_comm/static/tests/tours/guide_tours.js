import {addTour} from "@kala_comm/../tests/tours/add_tour";
import {rpc} from "@web/core/network/rpc";

function call(model, method, args) {
    return rpc(`/web/dataset/call_kw/${model}/${method}`, {
        model,
        method,
        args,
        kwargs: {},
    });
}

/** AD1: a provider on one page, from its choice to a test message each way. */
addTour("kala_comm_guide", () => [
    {
        content: "Choose a provider",
        trigger: ".o_kala_guide_choice[data-provider=sandbox]",
        run: "click",
    },
    {
        content: "Its number",
        trigger: ".o_kala_guide_address",
        run: "edit +972 3 765 4321",
    },
    {
        content: "Add it",
        trigger: ".o_kala_guide_add:enabled",
        run: "click",
    },
    {
        content: "It is there",
        trigger: ".o_kala_guide_lines li",
    },
    {
        content: "Connect",
        trigger: ".o_kala_guide_connect:enabled",
        run: "click",
    },
    {
        content: "Connected; a test goes to one's own phone",
        trigger: ".o_kala_guide:has(.o_kala_guide_connected) .o_kala_guide_own",
        run: "edit 054-234-5678",
    },
    {
        content: "Send it",
        trigger: ".o_kala_guide_send:enabled",
        run: "click",
    },
    {
        content: "It left",
        trigger: ".o_kala_guide_out .fa-check-circle",
    },
    {
        content: "The other way",
        trigger: ".o_kala_guide_in .fa-circle-o",
        async run() {
            const [line] = await call("kala.line", "search", [
                [["connection_id.name", "=", "Sandbox"]],
            ]);
            const id = await call("kala.simulate", "create", [
                {number: "+972542345678", text: "Hello", line_id: line},
            ]);
            await call("kala.simulate", "action_receive", [[id]]);
        },
    },
    {
        content: "It came, and the page says so by itself",
        trigger: ".o_kala_guide_in .fa-check-circle",
    },
    {
        content: "It works both ways",
        trigger: ".o_kala_guide_done",
    },
]);
