// The generator in a visitor's browser: latents of a bank that was drawn from the prior, walked along great circles.
import * as ort from "./ort/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("./ort/", import.meta.url).href;
ort.env.wasm.numThreads = 1; // more threads need headers that a plain file server does not send

const of = (id) => document.getElementById(id);
const said = of("said");

try {
  await begin();
} catch (error) {
  said.textContent = `The generator could not be loaded: ${error.message}. ` +
    "Serve this folder over HTTP; a page opened as a file may load nothing.";
  said.className = "wrong";
}

async function begin() {
  const fetched = async (name) => {
    const answer = await fetch(name);
    if (!answer.ok) throw new Error(`${name} is missing (${answer.status})`);
    return answer;
  };
  const facts = await (await fetched("facts.json")).json();
  const bank = new Float32Array(await (await fetched("latents.bin")).arrayBuffer());
  const model = await (await fetched("model.onnx")).arrayBuffer();
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });

  document.title = of("title").textContent = facts.title;
  of("about").textContent = facts.about;
  for (const name of ["seed", "towards"]) of(name).max = facts.seeds - 1;
  const conditioned = conditions(facts.condition);
  const canvas = of("canvas");
  const show = facts.shape.length === 3 ? pictures : points;

  function latents() {
    const size = facts.n * facts.latent;
    const [a, b] = [of("seed"), of("towards")].map((s) => bank.subarray(size * +s.value, size * (+s.value + 1)));
    const t = +of("way").value;
    const z = new Float32Array(size);
    for (let i = 0; i < facts.n; i++) between(a, b, t, z, i * facts.latent, facts.latent);
    return new ort.Tensor("float32", z, [facts.n, facts.latent]);
  }

  async function draw() {
    for (const name of ["seed", "towards"]) of(`${name}-said`).textContent = of(name).value;
    of("way-said").textContent = (+of("way").value).toFixed(2);
    const feeds = { latent: latents() };
    if (facts.condition) feeds.condition = conditioned(facts.n);
    const began = performance.now();
    const { sample } = await session.run(feeds);
    of("cost").textContent = `${facts.n} samples in ${Math.round(performance.now() - began)} ms`;
    show(canvas, sample.data, facts);
  }

  // while one grid is computed only the newest wish is kept
  let busy = false, wanted = false;
  async function ask() {
    wanted = true;
    if (busy) return;
    busy = true;
    while (wanted) {
      wanted = false;
      await draw();
      await new Promise(requestAnimationFrame);
    }
    busy = false;
  }

  of("controls").addEventListener("input", ask);
  of("controls").addEventListener("submit", (event) => event.preventDefault());
  walking(of("walk"), of("way"), ask);
  of("save").addEventListener("click", () => canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${facts.recipe}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }));
  await ask();
  said.hidden = true;
  of("all").hidden = false;
}

// along the great circle through a and b: (sin((1 - t) θ) a + sin(t θ) b) / sin θ (White 2016, arXiv:1609.04468)
function between(a, b, t, into, at, size) {
  let ab = 0, aa = 0, bb = 0;
  for (let i = at; i < at + size; i++) {
    ab += a[i] * b[i];
    aa += a[i] * a[i];
    bb += b[i] * b[i];
  }
  const angle = Math.max(1e-4, Math.acos(Math.min(1, Math.max(-1, ab / Math.sqrt(aa * bb || 1)))));
  const straight = Math.sin(angle) < 1e-3; // the same direction, or the opposite one, has no one circle
  const [u, v] = straight ? [1 - t, t] : [Math.sin((1 - t) * angle), Math.sin(t * angle)].map((x) => x / Math.sin(angle));
  for (let i = at; i < at + size; i++) into[i] = u * a[i] + v * b[i];
}

function conditions(condition) {
  const place = of("conditions");
  const labelled = (text, input) => {
    const label = document.createElement("label");
    label.append(text, input);
    place.append(label);
    return input;
  };
  if (condition?.labels) {
    const select = document.createElement("select");
    select.id = "label";
    select.append(new Option("each in turn", ""), ...Array.from({ length: condition.labels }, (_, k) => new Option(k, k)));
    labelled("Class", select);
    return (n) => new ort.Tensor("int64", BigInt64Array.from({ length: n }, (_, i) =>
      BigInt(select.value === "" ? i % condition.labels : select.value)), [n]);
  }
  const inputs = (condition?.attributes ?? []).map((name) => {
    const input = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 1, step: 0.01, value: 0 });
    return labelled(name, input);
  });
  return (n) => new ort.Tensor("float32", Float32Array.from({ length: n * inputs.length }, (_, i) =>
    +inputs[i % inputs.length].value), [n, inputs.length]);
}

function pictures(canvas, data, { n, shape: [channels, height, width] }) {
  const columns = Math.ceil(Math.sqrt(n)), rows = Math.ceil(n / columns), gap = 1;
  canvas.width = columns * (width + gap) + gap;
  canvas.height = rows * (height + gap) + gap;
  const context = canvas.getContext("2d");
  const tile = context.createImageData(width, height);
  const area = height * width;
  for (let k = 0; k < n; k++) {
    for (let i = 0; i < area; i++) {
      for (let c = 0; c < 3; c++) {
        const from = channels >= 3 ? c : 0;
        tile.data[4 * i + c] = Math.round((data[(k * channels + from) * area + i] + 1) * 127.5);
      }
      tile.data[4 * i + 3] = channels === 4 ? Math.round((data[(k * 4 + 3) * area + i] + 1) * 127.5) : 255;
    }
    context.putImageData(tile, gap + (k % columns) * (width + gap), gap + Math.floor(k / columns) * (height + gap));
  }
}

function points(canvas, data, { n, extent: [left, right, low, high] }) {
  const side = (canvas.width = canvas.height = 560);
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, side, side);
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue("--key");
  for (let k = 0; k < n; k++) {
    const x = (data[2 * k] - left) / (right - left), y = (high - data[2 * k + 1]) / (high - low);
    context.beginPath();
    context.arc(x * side, y * side, 2, 0, 2 * Math.PI);
    context.fill();
  }
}

// there and back between the two seeds, four seconds a way
function walking(button, way, ask) {
  let began = null;
  const step = (now) => {
    if (began === null) return;
    const phase = ((now - began) / 4000) % 2;
    way.value = phase < 1 ? phase : 2 - phase;
    ask();
    requestAnimationFrame(step);
  };
  button.addEventListener("click", () => {
    began = began === null ? performance.now() - 4000 * way.value : null;
    button.setAttribute("aria-pressed", began !== null);
    if (began !== null) requestAnimationFrame(step);
  });
}
