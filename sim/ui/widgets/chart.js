// Curves with bands on real dates, around uPlot (its own file, its own licence).
// Times arrive as seconds shifted to the scenario's own clock, so UTC shows them right everywhere.

function colour(el, name) {
  return getComputedStyle(el).getPropertyValue(name).trim();
}

function short(value) {
  const size = Math.abs(value);
  for (const [unit, mark] of [[1e9, "bn"], [1e6, "M"], [1e3, "k"]]) {
    if (size >= unit) return String(Number((value / unit).toPrecision(4))) + mark;
  }
  return String(Number(value.toPrecision(4)));
}

function faded(hex, alpha) {
  const n = parseInt(hex.slice(1), 16);
  return `rgba(${n >> 16}, ${(n >> 8) & 255}, ${n & 255}, ${alpha})`;
}

function visible(hex, dark) {
  return dark && hex === "#000000" ? "#E8E6E1" : dark && hex === "#0072B2" ? "#4BA3DB" : hex;
}

function render({ model, el }) {
  el.classList.add("dl-chart");
  let plot = null;
  let pointed = null;
  let shown = "";
  const box = document.createElement("div");
  const legend = document.createElement("div");
  legend.className = "dl-chart-legend";
  el.append(legend, box);

  const when = (seconds, style) =>
    new Intl.DateTimeFormat(model.get("data").locale, { timeZone: "UTC", ...style }).format(new Date(seconds * 1000));

  function columns(data) {
    const rows = [data.x];
    for (const one of data.series) rows.push(one.mean, one.low, one.high);
    return rows;
  }

  function options(data) {
    const dark = model.get("dark");
    const ink = colour(el, "--dl-muted");
    const grid = colour(el, "--dl-rule");
    const series = [{}];
    const bands = [];
    data.series.forEach((one, place) => {
      const paint = visible(one.colour, dark);
      const at = 1 + 3 * place;
      series.push({ label: one.label, stroke: paint, width: 2, dash: one.dash, points: { show: false } });
      series.push({ show: true, stroke: "transparent", width: 0, points: { show: false } });
      series.push({ show: true, stroke: "transparent", width: 0, points: { show: false } });
      bands.push({
        series: [at + 2, at + 1],
        fill: () => (one.key === pointed || (pointed === null && one.band) ? faded(paint, 0.16) : "transparent"),
      });
    });
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1, size: 5 }, font: "12px system-ui, sans-serif" };
    return {
      width: Math.max(280, el.clientWidth),
      height: model.get("height"),
      series,
      bands,
      legend: { show: false },
      cursor: { points: { size: 7 }, drag: { x: true, y: false } },
      tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      // A launch that has not begun has one hour; without a width the axis would show decades.
      scales: { x: { range: (u, low, high) => [low, Math.max(high, low + 3600)] }, y: { range: (u, low, high) => [Math.min(0, low), high > 0 ? high * 1.06 : 1] } },
      axes: [
        {
          ...axis,
          space: 78,
          values: (u, splits) =>
            splits.map((s) => (s % 86400 === 0 ? when(s, { weekday: "short", day: "numeric", month: "short" }) : when(s, { hour: "2-digit", minute: "2-digit" }))),
        },
        { ...axis, size: 58, values: (u, splits) => splits.map(short) },
      ],
      hooks: { setCursor: [say] },
    };
  }

  function say(u) {
    const data = model.get("data");
    const at = u.cursor.idx;
    const far = at === null || at === undefined;
    legend.querySelectorAll("b").forEach((place, i) => {
      const values = data.series[i].mean;
      place.textContent = short(values[far ? values.length - 1 : at]);
    });
    clock.textContent = when(data.x[far ? data.x.length - 1 : at], { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });
  }

  const clock = document.createElement("span");
  clock.className = "dl-chart-clock";

  function point(key) {
    if (pointed === key) return;
    pointed = key;
    if (plot) plot.redraw(false);
  }

  function draw() {
    const data = model.get("data");
    if (!data || !data.x || !data.x.length) return;
    const now = JSON.stringify([model.get("dark"), data.locale, data.series.map((one) => [one.key, one.label, one.colour, one.band])]);
    if (plot && now === shown) {
      plot.setData(columns(data));
    } else {
      shown = now;
      if (plot) plot.destroy();
      legend.replaceChildren();
      plot = new uPlot(options(data), columns(data), box);
      data.series.forEach((one, place) => {
        const button = document.createElement("button");
        button.type = "button";
        button.setAttribute("aria-pressed", "true");
        const line = document.createElement("i");
        line.style.borderTop = `2px ${one.dash.length ? (one.dash[0] < 3 ? "dotted" : "dashed") : "solid"} ${visible(one.colour, model.get("dark"))}`;
        const name = document.createElement("span");
        name.textContent = one.label;
        button.append(line, name, document.createElement("b"));
        button.onclick = () => {
          const on = !plot.series[1 + 3 * place].show;
          for (let k = 1; k <= 3; k++) plot.setSeries(3 * place + k, { show: on });
          button.setAttribute("aria-pressed", String(on));
        };
        button.onmouseenter = button.onfocus = () => point(one.key);
        button.onmouseleave = button.onblur = () => point(null);
        legend.append(button);
      });
      legend.append(clock);
    }
    box.setAttribute("role", "img");
    box.setAttribute("aria-label", `${data.title}: ${data.label}. ` + data.series.map((one) => `${one.label} ${short(one.mean[one.mean.length - 1])}`).join(", "));
    say(plot);
  }

  function save() {
    const data = model.get("data");
    if (!plot) return;
    const from = plot.ctx.canvas;
    const ratio = devicePixelRatio || 1;
    const to = document.createElement("canvas");
    const head = 62 * ratio;
    to.width = from.width;
    to.height = from.height + head;
    const pen = to.getContext("2d");
    pen.fillStyle = colour(el, "--dl-paper");
    pen.fillRect(0, 0, to.width, to.height);
    pen.fillStyle = colour(el, "--dl-ink");
    pen.font = `600 ${15 * ratio}px system-ui, sans-serif`;
    pen.fillText(`${data.title}: ${data.label}`, 10 * ratio, 24 * ratio, to.width - 20 * ratio);
    pen.font = `${12 * ratio}px system-ui, sans-serif`;
    let x = 10 * ratio;
    data.series.forEach((one, place) => {
      if (!plot.series[1 + 3 * place].show) return;
      pen.fillStyle = visible(one.colour, model.get("dark"));
      pen.fillRect(x, 40 * ratio, 14 * ratio, 3 * ratio);
      pen.fillStyle = colour(el, "--dl-ink");
      pen.fillText(one.label, x + 19 * ratio, 46 * ratio);
      x += pen.measureText(one.label).width + 40 * ratio;
    });
    pen.drawImage(from, 0, head);
    const link = document.createElement("a");
    link.download = `${data.file}.png`;
    link.href = to.toDataURL("image/png");
    link.click();
  }

  const watcher = new ResizeObserver(() => {
    if (plot && el.clientWidth) plot.setSize({ width: Math.max(280, el.clientWidth), height: model.get("height") });
  });
  watcher.observe(el);
  model.on("change:data", draw);
  model.on("change:dark", () => requestAnimationFrame(draw));
  const button = document.createElement("button");
  button.type = "button";
  button.className = "dl-link dl-chart-save";
  const name = () => { button.textContent = model.get("save_text"); };
  name();
  model.on("change:save_text", name);
  button.onclick = save;
  el.append(button);
  requestAnimationFrame(draw);
  return () => {
    watcher.disconnect();
    if (plot) plot.destroy();
  };
}

export default { render };
