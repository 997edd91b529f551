// The repost trees, hour by hour. Places come ready from the server as binary arrays; here time passes.

const ROLES = { 0: "#C98A12", 1: "#0072B2", 2: "#D55E00", 3: "#8A4FA3", 5: "#009E73", 6: "#56B4E9", 7: "" };

function typed(view, kind) {
  return new kind(view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function make(tag, cls, text) {
  const element = document.createElement(tag);
  if (cls) element.className = cls;
  if (text !== undefined) element.textContent = text;
  return element;
}

function grown(value) {
  const size = Math.abs(value);
  if (size >= 1e6) return `${(value / 1e6).toPrecision(3)}M`;
  return Math.round(value).toLocaleString("en");
}

function render({ model, el }) {
  el.classList.add("dl-film");
  const words = () => model.get("words");
  const stage = make("div", "dl-film-stage");
  const canvas = make("canvas");
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "img");
  const card = make("div", "dl-film-card");
  card.hidden = true;
  const zooms = make("div", "dl-film-zoom");
  stage.append(canvas, zooms, card);
  const side = make("div", "dl-film-side");
  const strip = make("div", "dl-film-strip");
  const play = make("button", "dl-button dl-film-play");
  play.type = "button";
  const slider = make("input");
  slider.type = "range";
  slider.min = 0;
  slider.step = 0.05;
  const clock = make("span", "dl-film-clock");
  const speed = make("select");
  for (const value of [1, 3, 6, 12, 24]) {
    const option = make("option");
    option.value = value;
    speed.append(option);
  }
  speed.value = 6;
  strip.append(play, slider, clock, speed);
  el.append(stage, side, strip);

  let data = null;
  let now = 0;
  let playing = false;
  let last = 0;
  let frame = 0;
  let picked = -1;
  let zoom = 1;
  let panX = 0;
  let panY = 0;
  let fitted = 1;
  let box = [0, 0, 1, 1];
  let frames = 0;
  let shownHour = -1;

  function load() {
    const meta = model.get("meta");
    if (!meta || !meta.nodes) {
      data = null;
      draw();
      return;
    }
    data = {
      meta,
      x: typed(model.get("x"), Float32Array),
      y: typed(model.get("y"), Float32Array),
      size: typed(model.get("size"), Float32Array),
      parent: typed(model.get("parent"), Int32Array),
      second: typed(model.get("second"), Int32Array),
      role: typed(model.get("role"), Uint8Array),
      words: typed(model.get("flags"), Uint8Array),
      depth: typed(model.get("depth"), Int16Array),
      account: typed(model.get("account"), Int32Array),
      heads: typed(model.get("heads"), Float32Array),
    };
    let [x0, y0, x1, y1] = [Infinity, Infinity, -Infinity, -Infinity];
    for (let i = 0; i < data.x.length; i++) {
      x0 = Math.min(x0, data.x[i]);
      x1 = Math.max(x1, data.x[i]);
      y0 = Math.min(y0, data.y[i]);
      y1 = Math.max(y1, data.y[i]);
    }
    box = [x0 - 2, y0 - 2, x1 + 2, y1 + 2];
    slider.max = meta.hours;
    now = meta.hours;
    picked = -1;
    card.hidden = true;
    fit();
    side.replaceChildren();
    buildSide();
    now = 0;
    setPlaying(!matchMedia("(prefers-reduced-motion: reduce)").matches);
    if (!playing) now = meta.hours;
    tick(performance.now());
  }

  // --- the side: totals, carriers, comments ---
  let rows = { totals: [], carriers: [], comments: [] };

  function bar(list, key, name, colour) {
    const line = make("div", "dl-film-line");
    const track = make("span", "dl-level-track");
    const fill = make("i");
    fill.style.background = colour;
    track.append(fill);
    const value = make("b");
    line.append(make("span", "dl-film-name", name), track, value);
    rows[list].push({ key, fill, value });
    return line;
  }

  function buildSide() {
    const w = words();
    rows = { totals: [], carriers: [], comments: [] };
    const totals = make("div", "dl-film-totals");
    for (const key of ["reads", "reposts", "comments"]) {
      const place = make("div");
      const value = make("b");
      place.append(value, make("small", "", w[key]));
      totals.append(place);
      rows.totals.push({ key, value });
    }
    side.append(totals, make("h3", "", w.carried), make("p", "", w.carried_note));
    for (const one of data.meta.carriers) side.append(bar("carriers", one, one.title, ROLES[one.role] || "var(--dl-muted)"));
    side.append(make("h3", "", w.comments_kind));
    const paints = { neutral: "var(--dl-muted)", praise: "#009E73", question: "#0072B2", complaint: "#D55E00" };
    for (const key of ["praise", "neutral", "question", "complaint"]) side.append(bar("comments", key, w[key], paints[key]));
    const keys = make("div", "dl-film-key");
    for (const role of data.meta.roles) {
      const one = make("span");
      const dot = make("i", "dl-swatch");
      dot.style.background = ROLES[role.role] || "var(--dl-seed)"; // as it is drawn
      one.append(dot, document.createTextNode(role.title));
      keys.append(one);
    }
    side.append(keys, make("p", "", data.meta.note));
  }

  function at(series) {
    if (now <= 0) return 0;
    const whole = Math.min(Math.floor(now), series.length - 1);
    const before = whole > 0 ? series[whole - 1] : 0;
    const here = now >= data.meta.hours ? series[series.length - 1] : series[whole];
    return before + (here - before) * (now >= data.meta.hours ? 1 : now - Math.floor(now));
  }

  function tell() {
    const hourly = data.meta.hourly;
    for (const one of rows.totals) one.value.textContent = grown(at(hourly[one.key]));
    const carried = rows.carriers.map((one) => at(one.key.reposts));
    const most = Math.max(1, ...data.meta.carriers.map((one) => one.reposts[one.reposts.length - 1]));
    rows.carriers.forEach((one, i) => {
      one.fill.style.width = `${(100 * carried[i]) / most}%`;
      one.value.textContent = grown(carried[i]);
    });
    const kinds = rows.comments.map((one) => at(hourly[one.key]));
    const all = Math.max(1, ...rows.comments.map((one) => hourly[one.key][hourly[one.key].length - 1]));
    rows.comments.forEach((one, i) => {
      one.fill.style.width = `${(100 * kinds[i]) / all}%`;
      one.value.textContent = grown(kinds[i]);
    });
    const when = new Date((data.meta.start + data.meta.offset + now * 3600) * 1000);
    clock.textContent = new Intl.DateTimeFormat(data.meta.locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(when);
    slider.setAttribute("aria-valuetext", clock.textContent);
  }

  // --- drawing ---
  const ink = (name) => getComputedStyle(el).getPropertyValue(name).trim();

  function resize() {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const width = Math.max(260, stage.clientWidth);
    const height = Math.max(320, Math.min(620, Math.round(width * 0.72)));
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const wide = (box[2] - box[0]) || 1;
    const tall = (box[3] - box[1]) || 1;
    // Room at the sides for the largest dots and the buttons.
    fitted = Math.min((canvas.width - Math.min(110, 0.16 * width) * ratio) / wide, (canvas.height - 40 * ratio) / tall);
  }

  function fit() {
    zoom = 1;
    panX = panY = 0;
    resize();
    draw();
  }

  const sx = (x) => (x - (box[0] + box[2]) / 2) * fitted * zoom + canvas.width / 2 + panX;
  const sy = (y) => (y - (box[1] + box[3]) / 2) * fitted * zoom + canvas.height / 2 + panY;

  function radius(i) {
    const ratio = Math.min(devicePixelRatio || 1, 2);
    const base = data.parent[i] < 0 ? 3.4 : 1.5;
    const small = Math.min(1, stage.clientWidth / 620); // on a phone the seeds would else hide under the dots
    return ratio * small * Math.min(13, base + 0.8 * Math.sqrt(data.size[i])) * Math.min(1.6, Math.sqrt(zoom));
  }

  function draw() {
    const pen = canvas.getContext("2d");
    pen.fillStyle = ink("--dl-panel") || "#fff";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    if (!data) return;
    frames += 1;
    const until = now * 3600;
    const rule = ink("--dl-stalk");
    const grey = ink("--dl-seed");
    const n = data.x.length;
    pen.lineWidth = Math.max(0.6, 0.8 * Math.min(devicePixelRatio || 1, 2));
    pen.strokeStyle = rule;
    pen.beginPath();
    for (let i = 0; i < n; i++) {
      const up = data.parent[i];
      if (up < 0 || data.second[i] > until) continue;
      const age = Math.min(1, (until - data.second[i]) / 2400 + 0.05);
      const x0 = sx(data.x[up]);
      const y0 = sy(data.y[up]);
      pen.moveTo(x0, y0);
      pen.lineTo(x0 + (sx(data.x[i]) - x0) * age, y0 + (sy(data.y[i]) - y0) * age);
    }
    pen.stroke();
    for (const layer of [7, 2, 5, 6, 3, 1, 0]) {
      pen.fillStyle = ROLES[layer] || grey;
      pen.beginPath();
      for (let i = 0; i < n; i++) {
        if (data.role[i] !== layer || data.second[i] > until) continue;
        const up = data.parent[i];
        const age = Math.min(1, (until - data.second[i]) / 2400 + 0.05);
        let x = sx(data.x[i]);
        let y = sy(data.y[i]);
        if (up >= 0) {
          x = sx(data.x[up]) + (x - sx(data.x[up])) * age;
          y = sy(data.y[up]) + (y - sy(data.y[up])) * age;
        }
        const r = radius(i) * (until - data.second[i] < 1800 && playing ? 1.5 : 1);
        pen.moveTo(x + r, y);
        pen.arc(x, y, r, 0, 2 * Math.PI);
      }
      pen.fill();
    }
    if (picked >= 0) {
      pen.strokeStyle = ink("--dl-ink");
      pen.lineWidth = 2;
      for (let i = picked, first = true; i >= 0; i = data.parent[i], first = false) {
        pen.beginPath();
        pen.arc(sx(data.x[i]), sy(data.y[i]), radius(i) + (first ? 4 : 2), 0, 2 * Math.PI);
        pen.stroke();
        if (data.parent[i] >= 0) {
          pen.beginPath();
          pen.moveTo(sx(data.x[i]), sy(data.y[i]));
          pen.lineTo(sx(data.x[data.parent[i]]), sy(data.y[data.parent[i]]));
          pen.stroke();
        }
      }
    }
  }

  function tick(time) {
    cancelAnimationFrame(frame);
    if (!data) return;
    if (playing) {
      now += Math.min(0.1, Math.max(0, (time - last) / 1000)) * Number(speed.value);
      if (now >= data.meta.hours) {
        now = data.meta.hours;
        setPlaying(false);
      }
    }
    last = time;
    slider.value = now;
    draw();
    tell();
    el.dataset.frames = String(frames);
    el.dataset.hour = now.toFixed(1);
    if (playing) frame = requestAnimationFrame(tick);
  }

  function setPlaying(value) {
    playing = value;
    last = performance.now();
    play.textContent = value ? words().pause : words().play;
  }

  play.onclick = () => {
    if (!data) return;
    if (!playing && now >= data.meta.hours) now = 0;
    setPlaying(!playing);
    tick(performance.now());
  };
  slider.oninput = () => {
    setPlaying(false);
    now = Number(slider.value);
    tick(performance.now());
  };

  // --- looking closer ---
  function closer(factor, x = canvas.width / 2, y = canvas.height / 2) {
    const next = Math.min(30, Math.max(0.6, zoom * factor));
    panX = x - canvas.width / 2 - ((x - canvas.width / 2 - panX) * next) / zoom;
    panY = y - canvas.height / 2 - ((y - canvas.height / 2 - panY) * next) / zoom;
    zoom = next;
    draw();
  }

  function place(event) {
    const frame = canvas.getBoundingClientRect();
    const ratio = canvas.width / frame.width;
    return [(event.clientX - frame.left) * ratio, (event.clientY - frame.top) * ratio];
  }

  canvas.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey && !canvas.matches(":focus")) return;
    event.preventDefault();
    closer(event.deltaY < 0 ? 1.2 : 1 / 1.2, ...place(event));
  }, { passive: false });

  let from = null;
  let moved = false;
  canvas.addEventListener("pointerdown", (event) => {
    from = place(event);
    moved = false;
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    const here = place(event);
    if (Math.hypot(here[0] - from[0], here[1] - from[1]) > 4) moved = true;
    if (!moved) return;
    panX += here[0] - from[0];
    panY += here[1] - from[1];
    from = here;
    draw();
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!moved && data) pick(nearest(...place(event)));
    from = null;
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    if (event.key === "+" || event.key === "=") closer(1.3);
    else if (event.key === "-") closer(1 / 1.3);
    else if (event.key === "0") fit();
    else if (event.key === " ") play.click();
    else if (event.key === "Enter" && data) pick(order[(order.indexOf(picked) + 1) % order.length]);
    else if (moves[event.key]) {
      panX += moves[event.key][0];
      panY += moves[event.key][1];
      draw();
    } else return;
    event.preventDefault();
  });
  let order = [];

  function nearest(x, y) {
    let best = -1;
    let least = 18 * 18 * (devicePixelRatio || 1) ** 2;
    for (let i = 0; i < data.x.length; i++) {
      if (data.second[i] > now * 3600) continue;
      const away = (sx(data.x[i]) - x) ** 2 + (sy(data.y[i]) - y) ** 2;
      if (away < least) {
        least = away;
        best = i;
      }
    }
    return best;
  }

  function nameOf(i) {
    return data.meta.names[data.account[i]] || `${words().account} ${data.account[i].toLocaleString("en")}`;
  }

  function pick(i) {
    picked = i;
    draw();
    card.hidden = i < 0;
    if (i < 0) return;
    const w = words();
    const roles = Object.fromEntries(data.meta.roles.map((one) => [one.role, one.title]));
    const when = new Intl.DateTimeFormat(data.meta.locale, { timeZone: "UTC", weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" }).format(new Date((data.meta.start + data.meta.offset + data.second[i]) * 1000));
    card.replaceChildren();
    const close = make("button", "dl-link", "×");
    close.type = "button";
    close.setAttribute("aria-label", w.close);
    close.onclick = () => pick(-1);
    card.append(close, make("h3", "", nameOf(i)));
    const list = make("dl");
    const up = data.parent[i];
    for (const [key, value] of [
      [w.role, roles[data.role[i]] || w.follower],
      [w.followers, grown(data.heads[i])],
      [w.posted, when],
      [w.below, `${Math.round(data.size[i]).toLocaleString("en")} (${w.simulated})`],
      [w.depth, String(data.depth[i])],
      ...(up >= 0 ? [[w.passed_from, nameOf(up)], ["", data.words[i] ? w.with_words : w.bare]] : []),
    ]) list.append(make("dt", "", key), make("dd", "", value));
    card.append(list);
  }

  function texts() {
    const w = words();
    play.textContent = playing ? w.pause : w.play;
    slider.setAttribute("aria-label", w.hour);
    speed.setAttribute("aria-label", w.speed);
    for (const option of speed.options) option.textContent = `${option.value} ${w.pace}`;
    canvas.setAttribute("aria-label", `${w.watch_title}. ${w.click_hint}`);
    canvas.title = w.click_hint;
    zooms.replaceChildren();
    for (const [sign, name, act] of [["+", w.zoom_in, () => closer(1.4)], ["−", w.zoom_out, () => closer(1 / 1.4)], ["⤢", w.fit_view, fit], ["↓", w.save_png, save]]) {
      const button = make("button", "dl-button", sign);
      button.type = "button";
      button.setAttribute("aria-label", name);
      button.title = name;
      button.onclick = act;
      zooms.append(button);
    }
  }

  function save() {
    const link = document.createElement("a");
    link.download = "launch.png";
    link.href = canvas.toDataURL("image/png");
    link.click();
  }

  const watcher = new ResizeObserver(() => {
    resize();
    draw();
  });
  watcher.observe(stage);
  model.on("change:meta", () => {
    load();
    texts();
    if (data) order = [...data.x.keys()].sort((a, b) => data.size[b] - data.size[a]).slice(0, 50);
  });
  model.on("change:dark", () => requestAnimationFrame(draw));
  texts();
  load();
  if (data) order = [...data.x.keys()].sort((a, b) => data.size[b] - data.size[a]).slice(0, 50);
  return () => {
    cancelAnimationFrame(frame);
    watcher.disconnect();
  };
}

export default { render };
