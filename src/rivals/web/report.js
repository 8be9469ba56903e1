"use strict";
const SVG = "http://www.w3.org/2000/svg";

// a row of pictures in time: the slider shows one of them
for (const history of document.querySelectorAll(".history")) {
  const frames = [...history.querySelectorAll("figure")], slider = history.querySelector("input");
  const show = () => frames.forEach((frame, i) => { frame.hidden = i !== +slider.value; });
  slider.parentElement.hidden = false;
  slider.addEventListener("input", show);
  show();
}

// the same curves over another clock
for (const clocks of document.querySelectorAll(".clocks")) {
  const section = clocks.closest("section");
  const show = () => {
    const clock = clocks.querySelector("input:checked").value;
    for (const charts of section.querySelectorAll(".charts")) charts.hidden = charts.dataset.clock !== clock;
  };
  clocks.hidden = false;
  section.querySelector("h2 small").hidden = true; // the choice says it
  clocks.addEventListener("change", show);
  show();
}

// a chart shows the stretch that is dragged over; a double click shows all of it again
for (const chart of document.querySelectorAll("svg[data-scale]")) {
  const plot = chart.querySelector("svg"), whole = numbers(plot.getAttribute("viewBox"));
  const [left, right, low, high] = numbers(chart.dataset.scale), log = chart.dataset.log === "1";
  const lines = [...plot.querySelectorAll("polyline")].map((line) => numbers(line.getAttribute("points")));
  let from = null, band = null;

  const at = (event) => {
    const box = plot.getBoundingClientRect();
    const [x, , width] = numbers(plot.getAttribute("viewBox"));
    return Math.min(x + width, Math.max(x, x + width * (event.clientX - box.left) / box.width));
  };
  chart.addEventListener("pointerdown", (event) => {
    from = at(event);
    band = plot.appendChild(document.createElementNS(SVG, "rect"));
    const [, y, , height] = numbers(plot.getAttribute("viewBox"));
    for (const [name, value] of Object.entries({ class: "band", y, height, width: 0 })) band.setAttribute(name, value);
    chart.setPointerCapture(event.pointerId);
  });
  chart.addEventListener("pointermove", (event) => {
    if (from === null) return;
    const to = at(event);
    band.setAttribute("x", Math.min(from, to));
    band.setAttribute("width", Math.abs(to - from));
  });
  const done = (event) => {
    if (from === null) return;
    const [a, b] = [from, at(event)].sort((p, q) => p - q), width = numbers(plot.getAttribute("viewBox"))[2];
    band.remove();
    from = null;
    if (event.type === "pointerup" && b - a > 0.02 * width) zoom(a, b);
  };
  chart.addEventListener("pointerup", done);
  chart.addEventListener("pointercancel", done);
  chart.addEventListener("dblclick", () => look(...whole));

  function zoom(a, b) {
    const seen = lines.flatMap((line) => line.filter((_, i) => i % 2 && line[i - 1] >= a && line[i - 1] <= b));
    if (!seen.length) return;
    const top = Math.max(whole[1], Math.min(...seen)), bottom = Math.min(whole[1] + whole[3], Math.max(...seen));
    const room = Math.max(0.06 * (bottom - top), 0.5);
    look(a, top - room, b - a, bottom - top + 2 * room);
  }

  function look(x, y, width, height) {
    plot.setAttribute("viewBox", [x, y, width, height].join(" "));
    chart.querySelectorAll(".rule, text").forEach((old) => old.remove());
    const [px, py, pw, ph] = ["x", "y", "width", "height"].map((name) => +plot.getAttribute(name));
    const xs = [0, 1].map((i) => left + (right - left) * (x + i * width - whole[0]) / whole[2]);
    const share = [y + height, y].map((v) => 1 - (v - whole[1]) / whole[3]);
    const ys = share.map((s) => (log ? Math.log10(low) + s * Math.log10(high / low) : low + s * (high - low)));
    for (const tick of ticks(...xs)) {
      text(px + pw * (tick - xs[0]) / (xs[1] - xs[0]), py + ph + 18, "middle", short(tick));
    }
    for (const tick of ticks(...ys)) {
      const down = py + ph * (1 - (tick - ys[0]) / (ys[1] - ys[0]));
      const rule = chart.insertBefore(document.createElementNS(SVG, "line"), plot);
      for (const [name, value] of Object.entries({ class: "rule", x1: px, x2: px + pw, y1: down, y2: down })) {
        rule.setAttribute(name, value);
      }
      text(px - 6, down + 3.5, "end", short(log ? 10 ** tick : tick));
    }
  }

  function text(x, y, anchor, content) {
    const made = chart.insertBefore(document.createElementNS(SVG, "text"), plot);
    made.setAttribute("x", x);
    made.setAttribute("y", y);
    made.setAttribute("text-anchor", anchor);
    made.textContent = content;
  }
}

function numbers(text) {
  return text.split(/[ ,]+/).map(Number);
}

function ticks(low, high) {
  const raw = (high - low) / 5, power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= 0.999 * raw);
  const found = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-9) + 1e-12; i++) found.push(i * step);
  return found;
}

function short(value) {
  for (const [size, letter] of [[1e9, "G"], [1e6, "M"], [1e3, "k"]]) {
    if (Math.abs(value) >= size) return `${+(value / size).toPrecision(4)}${letter}`;
  }
  return Math.abs(value) >= 1e-3 || value === 0 ? `${+value.toPrecision(4)}` : value.toExponential(0);
}
