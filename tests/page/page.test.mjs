// The page of `geostance serve` in a browser: against the real server, and against answers made up here.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SCREENSHOTS = process.env.SCREENSHOTS ?? mkdtempSync(join(tmpdir(), "geostance-page-"));
const COLUMNS = ["document", "date", "source", "sentence", "start", "end", "holder", "target", "holder_mention",
    "target_mention", "stance", "confidence", "p_favor", "p_neutral", "p_against", "sentiment", "text"];
const RTL = "\u202e";

const ARTICLE = `China accused Japan of buying influence in East Africa and warned Kenya that broken contracts would have a price.

Ethiopia rejected the Chinese threat in sharp words. Addis Ababa would support Kenya, its foreign minister said. \
The Kenyan president praised Japan as a dependable friend.`;

let server = null;
let url = process.env.GEOSTANCE_URL;
let browser;

/** Starts the server and resolves to the address that it names on stderr. */
function startServer() {
    assert.ok(process.env.GEOSTANCE, "GEOSTANCE is the path of the binary to test");
    server = spawn(process.env.GEOSTANCE, ["serve", "--listen", "127.0.0.1:0"], { stdio: ["ignore", "ignore", "pipe"] });
    return new Promise((resolve, reject) => {
        const seen = [];
        createInterface({ input: server.stderr }).on("line", (line) => {
            seen.push(line);
            const address = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
            if (address) resolve(address[0]);
        });
        server.on("error", reject);
        server.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${seen.join("\n")}`)));
    });
}

before(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    url ??= await startServer();
    browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] });
    console.log(`screenshots: ${SCREENSHOTS}`);
});

after(async () => {
    await browser?.close();
    server?.removeAllListeners("exit");
    server?.kill();
});

/** A test with a fresh page, which fails on any breach of the CSP and on any error in the console. */
function pageTest(name, options, run) {
    const { hasFailedRequests = false, ...context } = options;
    test(name, { timeout: 120_000 }, async (t) => {
        const tab = await browser.newContext({ viewport: { width: 1280, height: 900 }, reducedMotion: "reduce", ...context });
        const page = await tab.newPage();
        page.setDefaultTimeout(20_000);
        const faults = [];
        page.on("pageerror", (error) => faults.push(String(error)));
        page.on("console", (message) => {
            const isExpected = hasFailedRequests && message.text().startsWith("Failed to load resource");
            if (message.type() === "error" && !isExpected) faults.push(message.text());
        });
        page.on("dialog", (dialog) => {
            faults.push(`dialog: ${dialog.message()}`);
            dialog.dismiss();
        });
        await page.addInitScript(() => {
            addEventListener("securitypolicyviolation", (event) => console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`));
        });
        try {
            await page.goto(url);
            await run(page, t);
            assert.deepEqual(faults, []);
        } finally {
            await tab.close();
        }
    });
}

/** Reads a text by the button; resolves to the answer of the server. */
async function read(page, text) {
    const response = page.waitForResponse((r) => r.url().endsWith("/v1/predict"));
    await page.fill("#text", text);
    await page.click("button.primary");
    const answer = await (await response).json();
    await page.waitForSelector("#form:not(.is-busy)");
    return answer;
}

const isOpinion = (opinion) => opinion.stance !== "NEUTRAL";
const summaryOf = (page) => page.textContent("#summary");
const points = (text) => [...text].length;

/** An answer about one text: rows of [sentence, holder, target, stance, confidence]. */
function makeAnswer(text, rows, mentions = []) {
    const sentences = [...new Set(rows.map(([sentence]) => sentence))];
    const offset = (part, from = 0) => points(text.slice(0, text.indexOf(part, from)));
    const opinions = rows.map(([sentence, holder, target, stance, confidence]) => {
        const rest = (1 - confidence) / 2;
        const share = (label) => (label === stance ? confidence : rest);
        const start = offset(sentence);
        return {
            document: "", date: "", source: "", sentence: sentences.indexOf(sentence), start, end: start + points(sentence),
            holder, target, holder_mention: holder, target_mention: target, stance, confidence,
            p_favor: share("FAVOR"), p_neutral: share("NEUTRAL"), p_against: share("AGAINST"), sentiment: "NEUTRAL", text: sentence,
        };
    });
    const found = mentions.map(([mention, actor]) => ({ start: offset(mention), end: offset(mention) + points(mention), mention, actor, kind: "name" }));
    const actors = [...new Set(rows.flatMap(([, holder, target]) => [holder, target]))].map((id) => ({ id, name: id, kind: "state" }));
    return { opinions, mentions: found, actors, language: null };
}

function mock(page, path, status, body, headers = {}) {
    const contentType = status < 400 ? "application/json" : "application/problem+json";
    return page.route(`**${path}`, (route) => route.fulfill({ status, contentType, headers, body: JSON.stringify(body) }));
}

function mockProblem(page, status, headers = {}, detail = "") {
    return mock(page, "/v1/predict", status, { type: "about:blank", title: `Problem ${status}`, status, detail }, headers);
}

const EMPTY_EXPLANATION = {
    stance: "FAVOR", confidence: 0.9, p_favor: 0.9, p_neutral: 0.05, p_against: 0.05,
    intercepts: { favor: 0, neutral: 0, against: 0 }, words: [], features: [],
};

// From an article to the matrix

pageTest("an article becomes mentions, opinions, matrix, graph, and table", {}, async (page) => {
    const answer = await read(page, ARTICLE);
    const opinions = answer.opinions.filter(isOpinion);
    assert.ok(opinions.length >= 3, "the article has opinions");
    const actors = new Set(answer.mentions.map((m) => m.actor)).size;
    assert.equal(await summaryOf(page), `${opinions.length} opinions, ${actors} actors`);
    assert.equal(await page.textContent("#announce"), await summaryOf(page));
    assert.equal(await page.locator(".opinion").count(), opinions.length);
    assert.equal(await page.locator("#rows tbody tr").count(), opinions.length);
    assert.deepEqual(await page.locator(".mention").allTextContents(), answer.mentions.map((m) => m.mention));
    assert.equal(await page.locator("#reading .block").evaluateAll((blocks) => blocks.map((b) => b.textContent).join("")), ARTICLE);

    const pairs = new Map();
    for (const o of opinions.filter((row) => row.holder)) {
        const key = `${o.holder} ${o.target}`;
        pairs.set(key, [...(pairs.get(key) ?? []), o]);
    }
    const expected = [...pairs.values()].map((rows) => {
        const score = rows.reduce((sum, o) => sum + o.p_favor - o.p_against, 0) / rows.length;
        return `${score < 0 ? "−" : "+"}${Math.abs(score).toFixed(2)} n = ${rows.length}`;
    });
    const cells = await page.locator("#matrix td button").allTextContents();
    assert.deepEqual(cells.map((cell) => cell.replace(/^.*, /, "")).sort(), expected.sort());
    assert.equal(await page.locator("#graph .arrow").count(), pairs.size);
    assert.match(await page.getAttribute("#graph svg", "aria-label"), new RegExp(`${pairs.size} arrows?`));
});

pageTest("a mention has the colour and the sign of the strongest stance toward it", {}, async (page) => {
    const answer = await read(page, ARTICLE);
    for (const [index, mention] of answer.mentions.entries()) {
        const toward = answer.opinions.filter((o) => isOpinion(o) && o.target === mention.actor && o.start <= mention.start && mention.end <= o.end);
        const strongest = toward.sort((a, b) => b.confidence - a.confidence)[0]?.stance ?? "NEUTRAL";
        assert.equal(await page.locator(".mention").nth(index).evaluate((node) => node.classList[1]), strongest.toLowerCase());
    }
    const signs = await page.locator(".mention").evaluateAll((nodes) => nodes.map((n) => [n.classList[1], getComputedStyle(n, "::after").content[1]]));
    for (const [stance, sign] of signs) assert.equal(sign, { favor: "+", against: "−", neutral: "·" }[stance]);
    await page.locator(".mention").first().hover();
    assert.match(await page.textContent("#tip"), /^China \(name\)/);
    await page.keyboard.press("Escape");
    await page.waitForSelector("#tip", { state: "hidden" });
});

pageTest("both examples have opinions for and against", {}, async (page) => {
    for (const example of [0, 1]) {
        await page.click(`[data-example="${example}"]`);
        await page.waitForSelector("#result:not([hidden])");
        await page.waitForSelector("#form:not(.is-busy)");
        assert.ok(await page.locator(".opinion.favor").count() > 0);
        assert.ok(await page.locator(".opinion.against").count() > 0);
    }
});

pageTest("a click on an opinion explains it", {}, async (page) => {
    const answer = await read(page, ARTICLE);
    const asked = page.waitForRequest((r) => r.url().endsWith("/v1/explain"));
    const [opinion] = answer.opinions.filter((o) => isOpinion(o) && o.holder && o.holder !== "AUTHOR");
    await page.locator(".opinion").nth(answer.opinions.filter(isOpinion).indexOf(opinion)).click();
    assert.deepEqual((await asked).postDataJSON(), { text: ARTICLE, sentence: opinion.sentence, target: opinion.target, holder: opinion.holder });
    await page.waitForSelector("#detail .painted");
    assert.equal(await page.textContent("#detail .painted"), opinion.text);
    assert.equal(await page.textContent(".sentence.is-selected"), opinion.text);
    assert.ok((await page.locator(".mention.is-target").allTextContents()).includes(opinion.target_mention));
    assert.ok((await page.locator(".mention.is-holder").allTextContents()).includes(opinion.holder_mention));
    const weights = await page.locator("table.bars:has(caption:text('Words')) td.number").allTextContents();
    assert.ok(weights.length > 0);
    for (const weight of weights) assert.match(weight, /^[+−]\d+\.\d\d$/);
    const shares = await page.locator("table.bars:has(caption:text('Probabilities')) td.number").allTextContents();
    assert.deepEqual(shares, [opinion.p_favor, opinion.p_against, opinion.p_neutral].map((p) => `${Math.round(p * 100)} %`));
});

pageTest("the date goes with both questions, and the author is asked for without a holder", {}, async (page) => {
    const text = "Ghana is fine.";
    await mock(page, "/v1/predict", 200, makeAnswer(text, [[text, "AUTHOR", "GHA", "FAVOR", 0.9]]));
    await mock(page, "/v1/explain", 200, EMPTY_EXPLANATION);
    await page.fill("#date", "2018-04-03");
    const predicted = page.waitForRequest((r) => r.url().endsWith("/v1/predict"));
    await read(page, text);
    assert.deepEqual((await predicted).postDataJSON(), { text, date: "2018-04-03" });
    const explained = page.waitForRequest((r) => r.url().endsWith("/v1/explain"));
    await page.locator(".opinion").click();
    assert.deepEqual((await explained).postDataJSON(), { text, date: "2018-04-03", sentence: 0, target: "GHA" });
    await page.waitForSelector("#detail .painted");
});

pageTest("from the article to an explanation by keyboard alone", {}, async (page) => {
    async function tabTo(selector) {
        for (let i = 0; i < 40; i++) {
            await page.keyboard.press("Tab");
            if (await page.evaluate((s) => document.activeElement.matches(s), selector)) return;
        }
        assert.fail(`Tab does not lead to ${selector}`);
    }
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await tabTo("#text");
    await page.keyboard.insertText(ARTICLE);
    await page.keyboard.press("Control+Enter");
    await page.waitForSelector("#result:not([hidden])");
    await tabTo("#reading .mention");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Japan");
    assert.match(await page.textContent("#tip"), /^Japan/);
    await page.keyboard.press("Enter");
    await page.waitForSelector("#detail .painted");
    await tabTo(".opinion");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    assert.equal(await page.locator(".opinion").nth(1).getAttribute("aria-selected"), "true");
    assert.equal(await page.locator('.opinion[tabindex="0"]').count(), 1);
    await page.waitForSelector("#detail .painted");
    assert.equal(await page.textContent("#detail .painted"), await page.textContent(".sentence.is-selected"));
    await tabTo("#detail summary");
});

pageTest("a failed explanation is told where it was asked for, and can be asked for again", { hasFailedRequests: true }, async (page) => {
    await read(page, ARTICLE);
    await mock(page, "/v1/explain", 503, { title: "Busy", status: 503 }, { "Retry-After": "7" });
    await page.locator(".opinion").first().click();
    await page.waitForSelector("#detail .notice");
    assert.match(await page.textContent("#detail .notice"), /Try again in 7 seconds/);
    await page.unroute("**/v1/explain");
    await page.click("#detail button");
    await page.waitForSelector("#detail .painted");
});

// Filter and downloads

const ROWS = [
    ['Spain said "yes", twice.', "ESP", "FRA", "FAVOR", 0.9],
    ["=cmd() is what Peru wrote to Chile.", "PER", "CHL", "AGAINST", 0.6],
    ["Peru wrote again to Chile.", "PER", "CHL", "FAVOR", 0.75],
    ["Ghana is fine.", "AUTHOR", "GHA", "FAVOR", 0.4],
    ["Nepal met nobody.", "", "NPL", "NEUTRAL", 0.8],
];
const ROWS_TEXT = ROWS.map(([sentence]) => sentence).join("\n");

async function readRows(page) {
    const answer = makeAnswer(ROWS_TEXT, ROWS, [["Spain", "ESP"], ["Peru", "PER"], ["Chile", "CHL"], ["Ghana", "GHA"], ["Nepal", "NPL"]]);
    answer.opinions[0].holder_mention = "@Spain";
    answer.opinions[0].target_mention = "-France";
    await mock(page, "/v1/predict", 200, answer);
    await mock(page, "/v1/explain", 200, EMPTY_EXPLANATION);
    await read(page, ROWS_TEXT);
    return answer;
}

pageTest("the minimum confidence and the neutral rows govern all results", {}, async (page) => {
    await readRows(page);
    assert.equal(await summaryOf(page), "4 opinions, 5 actors");
    assert.ok((await page.textContent("#matrix")).includes("the author"));
    assert.match(await page.locator('#matrix tr:has(th:has-text("PER")) button').textContent(), /\+0\.11 n = 2$/);
    await page.fill("#minimum", "65");
    await page.waitForFunction(() => document.querySelector("#summary").textContent === "2 opinions, 5 actors");
    assert.equal(await page.locator(".opinion").count(), 2);
    assert.equal(await page.locator("#rows tbody tr").count(), 2);
    assert.equal(await page.locator("#graph .arrow").count(), 2);
    assert.match(await page.locator('#matrix tr:has(th:has-text("PER")) button').textContent(), /\+0\.63 n = 1$/);
    assert.equal(await page.locator(".mention.favor").count(), 0);
    await page.check("#show-neutral");
    assert.equal(await summaryOf(page), "3 opinions, 5 actors");
    assert.match(await page.locator(".opinion.neutral").textContent(), /^nobody/);
    await page.fill("#minimum", "99");
    await page.waitForSelector("#no-opinion:not([hidden])");
    assert.match(await page.textContent("#no-opinion"), /5 held back/);
    assert.equal(await page.locator("#matrix").isVisible(), false);
});

async function downloaded(page, button) {
    const waiting = page.waitForEvent("download");
    await page.click(button);
    const file = await waiting;
    return { name: file.suggestedFilename(), content: readFileSync(await file.path(), "utf8") };
}

pageTest("CSV and JSON have what passes the filter", {}, async (page) => {
    const answer = await readRows(page);
    await page.fill("#minimum", "50");
    await page.waitForFunction(() => document.querySelectorAll(".opinion").length === 3);
    const csv = await downloaded(page, "#csv");
    assert.equal(csv.name, "opinions.csv");
    const [first, second, third] = answer.opinions;
    const shares = (o) => [o.confidence, o.p_favor, o.p_neutral, o.p_against].join(",");
    assert.equal(csv.content, [
        COLUMNS.join(","),
        `,,,0,0,24,ESP,FRA,'@Spain,'-France,FAVOR,${shares(first)},NEUTRAL,"Spain said ""yes"", twice."`,
        `,,,1,25,60,PER,CHL,PER,CHL,AGAINST,${shares(second)},NEUTRAL,'=cmd() is what Peru wrote to Chile.`,
        `,,,2,61,87,PER,CHL,PER,CHL,FAVOR,${shares(third)},NEUTRAL,Peru wrote again to Chile.`,
        "",
    ].join("\r\n"));
    const json = await downloaded(page, "#json");
    assert.equal(json.name, "opinions.json");
    assert.deepEqual(JSON.parse(json.content), answer.opinions.slice(0, 3));
    assert.deepEqual(Object.keys(JSON.parse(json.content)[0]), COLUMNS);
});

pageTest("long lists are shown in parts and downloaded whole", {}, async (page) => {
    const rows = Array.from({ length: 1203 }, (_, i) => [`Peru wrote letter ${i} to Chile.`, `P${i % 60}`, `C${i % 47}`, "FAVOR", 0.9]);
    const text = rows.map(([sentence]) => sentence).join("\n");
    await mock(page, "/v1/predict", 200, makeAnswer(text, rows));
    await read(page, text);
    assert.equal(await page.locator(".opinion").count(), 500);
    assert.equal(await page.locator("#rows tbody tr").count(), 500);
    assert.equal(await page.locator("#matrix tbody tr").count(), 30);
    assert.match(await page.textContent("#more-opinions"), /703 left/);
    await page.click("#more-opinions");
    await page.click("#more-opinions");
    assert.equal(await page.locator(".opinion").count(), 1203);
    assert.equal(await page.locator("#more-opinions").isVisible(), false);
    assert.equal((await downloaded(page, "#csv")).content.split("\r\n").length, 1205);
});

// States and errors

pageTest("an empty text is told at the field, and nothing is sent", {}, async (page) => {
    page.on("request", (request) => assert.ok(!request.url().endsWith("/v1/predict")));
    await page.fill("#text", "  \n ");
    await page.click("button.primary");
    assert.match(await page.textContent("#text-error"), /no text/);
    assert.equal(await page.getAttribute("#text", "aria-invalid"), "true");
    assert.match(await page.getAttribute("#text", "aria-describedby"), /text-error/);
    assert.equal(await page.evaluate(() => document.activeElement.id), "text");
});

pageTest("no actor, and a text that is not English", {}, async (page) => {
    await mock(page, "/v1/predict", 200, { opinions: [], mentions: [], actors: [], language: "Spanish" });
    await read(page, "Nada de nada.");
    assert.equal(await summaryOf(page), "0 opinions, 0 actors");
    assert.ok(await page.locator("#nobody").isVisible());
    assert.match(await page.textContent("#language"), /Spanish/);
    assert.equal(await page.textContent("#no-opinion"), "There is none.");
});

for (const [status, headers, expected] of [
    [413, {}, /too long.*at most 9 bytes/],
    [429, { "Retry-After": "12" }, /Try again in 12 seconds/],
    [503, {}, /Try again a little later/],
    [422, {}, /at most 9 bytes/],
]) {
    pageTest(`status ${status} is told in words`, { hasFailedRequests: true }, async (page) => {
        await mockProblem(page, status, headers, "at most 9 bytes");
        await read(page, ARTICLE);
        assert.match(await page.textContent("#alert"), expected);
        assert.equal(await page.locator("#result").isVisible(), false);
        await page.unroute("**/v1/predict");
        await read(page, ARTICLE);
        assert.equal(await page.textContent("#alert"), "");
        assert.ok(await page.locator("#result").isVisible());
    });
}

pageTest("an error of a field is told at the field", { hasFailedRequests: true }, async (page) => {
    await mock(page, "/v1/predict", 422, { title: "Invalid", status: 422, detail: "1 error", errors: [{ field: "date", detail: "no such day" }] });
    await read(page, ARTICLE);
    assert.equal(await page.textContent("#date-error"), "no such day");
    assert.equal(await page.getAttribute("#date", "aria-invalid"), "true");
});

pageTest("a server out of reach is told in words", { hasFailedRequests: true }, async (page) => {
    await page.route("**/v1/predict", (route) => route.abort("connectionrefused"));
    await page.fill("#text", ARTICLE);
    await page.click("button.primary");
    await page.waitForSelector("#form:not(.is-busy)");
    assert.match(await page.textContent("#alert"), /cannot be reached/);
});

pageTest("a server with a token is asked again with it", { hasFailedRequests: true }, async (page) => {
    let authorization = null;
    await page.route("**/v1/predict", async (route) => {
        authorization = await route.request().headerValue("authorization");
        if (authorization === "Bearer s3cret") return route.continue({ headers: await route.request().allHeaders() });
        return route.fulfill({ status: 401, contentType: "application/problem+json", body: '{"title":"Unauthorized","status":401}' });
    });
    assert.equal(await page.locator("#token").isVisible(), false);
    await read(page, ARTICLE);
    assert.equal(authorization, null);
    assert.equal(await page.evaluate(() => document.activeElement.id), "token");
    assert.match(await page.textContent("#alert"), /asks for an access token/);
    await page.fill("#token", "wrong");
    await read(page, ARTICLE);
    assert.match(await page.textContent("#alert"), /does not accept/);
    await page.fill("#token", "s3cret");
    await page.keyboard.press("Enter");
    await page.waitForSelector("#result:not([hidden])");
    assert.deepEqual(await page.evaluate(() => [localStorage.length, sessionStorage.length, document.cookie]), [0, 0, ""]);
});

pageTest("a second reading cancels the first", {}, async (page) => {
    const first = makeAnswer("Slow.", [["Slow.", "AAA", "BBB", "FAVOR", 0.9]]);
    const second = makeAnswer("Fast.", [["Fast.", "CCC", "DDD", "FAVOR", 0.9]]);
    let release;
    const held = new Promise((resolve) => { release = resolve; });
    await page.route("**/v1/predict", async (route) => {
        const isSlow = route.request().postDataJSON().text === "Slow.";
        if (isSlow) await held;
        await route.fulfill({ json: isSlow ? first : second }).catch(() => {});
    });
    await page.fill("#text", "Slow.");
    const failed = page.waitForEvent("requestfailed");
    await page.click("button.primary");
    await page.waitForSelector("#form.is-busy");
    assert.equal(await page.textContent("#busy"), "Reading the text");
    await read(page, "Fast.");
    assert.match((await failed).failure().errorText, /ABORTED/);
    release();
    assert.match(await page.textContent(".opinion"), /^CCC/);
});

pageTest("a file is read in the browser, and one that is no text is refused", {}, async (page) => {
    const bytes = Buffer.from("\ufeffRussia praised Côte d’Ivoire.", "utf8");
    await page.setInputFiles("#file", { name: "a.txt", mimeType: "text/plain", buffer: bytes });
    await page.waitForFunction(() => document.querySelector("#text").value === "Russia praised Côte d’Ivoire.");
    await page.setInputFiles("#file", { name: "b.txt", mimeType: "text/plain", buffer: Buffer.from("Espa\u00f1a", "latin1") });
    await page.waitForFunction(() => document.querySelector("#text").value === "España");
    await page.setInputFiles("#file", { name: "c.pdf", mimeType: "application/pdf", buffer: bytes });
    await page.waitForSelector("#text-error:not([hidden])");
    const transfer = await page.evaluateHandle(() => {
        const data = new DataTransfer();
        data.items.add(new File(["Dropped text."], "d.txt", { type: "text/plain" }));
        return data;
    });
    await page.dispatchEvent("#text", "drop", { dataTransfer: transfer });
    await page.waitForFunction(() => document.querySelector("#text").value === "Dropped text.");
});

// Hostile text

pageTest("offsets are code points: emoji before mentions", {}, async (page) => {
    const text = `🙂🇯🇵👩‍👩‍👧 Wow: China accused Japan of theft. 🙂 Ethiopia praised Kenya. 🙂`;
    const answer = await read(page, text);
    assert.ok(answer.mentions.length >= 4);
    assert.deepEqual(await page.locator(".mention").allTextContents(), answer.mentions.map((m) => m.mention));
    await page.locator(".opinion").last().click();
    await page.waitForSelector("#detail .painted");
    assert.equal(await page.textContent(".sentence.is-selected"), answer.opinions.filter(isOpinion).at(-1).text);
    const words = await page.locator("table.bars:has(caption:text('Words')) th").allTextContents();
    const painted = await page.locator(".painted .word").allTextContents();
    for (const word of words) assert.ok(painted.includes(word), word);
});

pageTest("markup and direction marks stay text", {}, async (page) => {
    const mark = `<script>alert(1)</script><img src=x onerror=alert(2)> ${RTL}`;
    const text = `${mark}China accused Japan of theft. </bdi></span></style> Ethiopia praised Kenya. ${RTL}`;
    await read(page, text);
    assert.equal(await page.locator("#reading .block").evaluateAll((blocks) => blocks.map((b) => b.textContent).join("")), text);
    assert.equal(await page.locator("main script, main img").count(), 0);

    const hostile = `<img src=x onerror=alert(3)>${RTL}`;
    const answer = makeAnswer(`${hostile}.`, [[`${hostile}.`, hostile, hostile, "FAVOR", 0.9]], [[hostile, hostile]]);
    answer.language = hostile;
    answer.opinions[0].sentiment = hostile;
    const explanation = structuredClone(EMPTY_EXPLANATION);
    explanation.words.push({ start: 0, end: points(hostile), word: hostile, favor: 1, neutral: 0, against: -1 });
    explanation.features.push({ name: hostile, value: 1, favor: 1, neutral: 0, against: -1 });
    await mock(page, "/v1/predict", 200, answer);
    await mock(page, "/v1/explain", 200, explanation);
    await read(page, `${hostile}.`);
    await page.locator(".opinion").click();
    await page.waitForSelector("#detail .painted");
    await page.locator(".mention").hover();
    assert.equal(await page.locator("main img").count(), 0);
    const isolated = await page.locator(".opinion bdi").first().evaluate((node) => getComputedStyle(node).unicodeBidi);
    assert.equal(isolated, "isolate");
});

pageTest("a megabyte of text is answered within 20 seconds", {}, async (page) => {
    const article = `${ARTICLE}\n\n`;
    const text = article.repeat(Math.floor(1_000_000 / article.length));
    await page.evaluate(() => {
        window.longest = 0;
        new PerformanceObserver((list) => {
            for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.duration);
        }).observe({ type: "longtask" });
    });
    await page.evaluate((value) => { document.querySelector("#text").value = value; }, text);
    const start = Date.now();
    await page.click("button.primary");
    await page.waitForSelector("#result:not([hidden])", { timeout: 20_000 });
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
    const elapsed = Date.now() - start;
    assert.ok(elapsed < 20_000, `${elapsed} ms`);
    const mentions = await page.evaluate(() => document.querySelectorAll(".mention").length);
    console.log(`1 MB: ${elapsed} ms to the result, ${mentions} mentions, longest task ${Math.round(await page.evaluate(() => window.longest))} ms`);
    await page.locator(".mention").last().dispatchEvent("click");
    await page.waitForSelector("#detail .facts");
});

// Accessibility and layout

const AXE_OPTIONS = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };

async function assertAccessible(page, when) {
    await page.evaluate(AXE);
    const { violations } = await page.evaluate((options) => window.axe.run(document, options), AXE_OPTIONS);
    const found = violations.map((v) => `${v.id}: ${v.nodes.map((n) => `${n.target} ${n.failureSummary}`).join("; ")}`);
    assert.deepEqual(found, [], when);
}

for (const [look, context] of [
    ["light", { colorScheme: "light" }],
    ["dark", { colorScheme: "dark" }],
    ["phone", { colorScheme: "light", viewport: { width: 360, height: 740 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 }],
]) {
    pageTest(`axe finds nothing: ${look}`, { ...context, hasFailedRequests: true }, async (page) => {
        await assertAccessible(page, "before");
        await page.screenshot({ path: join(SCREENSHOTS, `${look}-before.png`), fullPage: true });
        await page.click('[data-example="0"]');
        await page.waitForSelector("#result:not([hidden])");
        await page.check("#show-neutral");
        await page.locator(".opinion.against").first().click();
        await page.waitForSelector("#detail .painted");
        await assertAccessible(page, "after");
        await page.uncheck("#show-neutral");
        await page.waitForSelector("#detail .painted");
        await page.screenshot({ path: join(SCREENSHOTS, `${look}-after.png`), fullPage: true });
        await page.click("#detail summary");
        await assertAccessible(page, "details open");
        await mockProblem(page, 401);
        await page.click("button.primary");
        await page.waitForSelector("#token");
        await assertAccessible(page, "error");
        await page.screenshot({ path: join(SCREENSHOTS, `${look}-error.png`), fullPage: true });
    });
}

pageTest("the theme button goes before the system", { colorScheme: "light" }, async (page) => {
    const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await ground();
    assert.equal(await page.getAttribute("#theme", "aria-pressed"), "false");
    await page.click("#theme");
    assert.equal(await page.getAttribute("#theme", "aria-pressed"), "true");
    assert.notEqual(await ground(), light);
    await page.reload();
    assert.equal(await ground(), light);
});

pageTest("at 320 pixels the page does not scroll sideways", { viewport: { width: 320, height: 640 } }, async (page) => {
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    assert.ok(await overflow() <= 0);
    await read(page, `${ARTICLE} ${"A".repeat(400)}`);
    await page.check("#show-neutral");
    await page.locator(".opinion").first().click();
    await page.waitForSelector("#detail .painted");
    await page.click("#detail summary");
    assert.ok(await overflow() <= 0);
    await page.screenshot({ path: join(SCREENSHOTS, "narrow-after.png"), fullPage: true });
});

// Weight and speed

test("the page is light", async () => {
    const times = [];
    for (let i = 0; i < 5; i++) {
        const tab = await browser.newContext();
        const page = await tab.newPage();
        const response = await page.goto(url);
        const bytes = (await response.body()).length;
        assert.ok(bytes < 150_000, `${bytes} bytes`);
        await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length);
        times.push(await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0].startTime));
        if (i === 4) console.log(`page: ${bytes} bytes, first contentful paint ${Math.round(times.sort((a, b) => a - b)[2])} ms (median of 5)`);
        await tab.close();
    }
});
