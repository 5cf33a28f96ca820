import {expect, test} from "@odoo/hoot";
import {mockDate} from "@odoo/hoot-mock";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {TaskStrip} from "@kala_comm/conversation/task_strip";

defineMailModels();

test("TA2: a task counts messages, or calls, and says whose it is", async () => {
    mockDate("2026-03-10 12:30:00", 0);
    const task = {
        name: "Dana wrote",
        since: "2026-03-10 12:10:00",
        is_mine: true,
        user: "Me",
        put_off_until: false,
        put_off_again: false,
    };
    const tasks = [
        {...task, id: 1, kind: "text", count: 1},
        {...task, id: 2, kind: "email", count: 2},
        {...task, id: 3, kind: "missed_call", count: 3, is_mine: false, user: "Noa"},
    ];
    await mountWithCleanup(TaskStrip, {props: {tasks, onChanged: () => {}}});
    const words = [
        "Dana wrote · 20 min",
        "Dana wrote · 2 messages · 20 min",
        "Dana wrote · 3 calls · 20 min · Noa",
    ];
    for (const [n, said] of words.entries()) {
        expect(`.o_kala_task:eq(${n}) .o_kala_task_words`).toHaveAttribute(
            "title",
            said
        );
        expect(`.o_kala_task:eq(${n}) .o_kala_task_name`).toHaveText(
            said.split(" · 20 min")[0]
        );
        expect(`.o_kala_task:eq(${n}) .o_kala_task_time`).toHaveText("· 20 min");
    }
});
