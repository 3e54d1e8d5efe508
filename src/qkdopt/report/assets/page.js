"use strict";
// Turns the report's columns into rows, draws the charts, and connects the controls.
(() => {
  const parse = (id) => JSON.parse(document.getElementById(id).textContent);
  const report = parse("report-data");
  const charts = parse("chart-specs");
  const { links, targets, interval_s: intervalS } = report.problem;
  const start = report.start_utc === null ? null : Date.parse(report.start_utc);
  const axis = report.axis;
  const count = new Intl.NumberFormat("en");
  const passOf = new Array(axis.interval.length);
  axis.passes.forEach(([first, last], pass) => {
    for (let a = first; a <= last; a += 1) passOf[a] = pass;
  });

  // Without a calendar the clock starts at the epoch, which is shown as hours, minutes, seconds.
  const instant = (index) => (start ?? 0) + index * intervalS * 1000;
  const when = (index) =>
    start === null ? `interval ${count.format(index)}` : new Date(instant(index)).toISOString().slice(0, 19).replace("T", " ");

  const cells = report.cells.a.map((a, row) => {
    const index = axis.interval[a];
    const costs = Object.fromEntries(Object.entries(report.cells.costs).map(([name, list]) => [name, list[row] < 0 ? null : list[row]]));
    return {
      a, pass: passOf[a], link: links[report.cells.link[row]], order: report.cells.link[row],
      bits: report.cells.bits[row], left: axis.left[a], right: axis.left[a] + 1,
      begin: instant(index), middle: instant(index + 0.5), end: instant(index + 1), when: when(index),
      elevation_deg: report.cells.elevation_deg?.[row] ?? null, loss_db: report.cells.loss_db?.[row] ?? null,
      costs,
      cost_words: Object.entries(costs).map(([name, cost]) => `S-${name.toUpperCase()}: ${cost === null ? "not possible" : count.format(cost)}`).join("; "),
    };
  });
  const byPlace = new Map(cells.map((cell) => [`${cell.order}/${cell.a}`, cell]));

  const served = [], services = [], handovers = [];
  for (const strategy of report.strategies) {
    let current = null;
    for (let a = 0; a < axis.interval.length; a += 1) {
      const link = strategy.service[a];
      if (link < 0) continue;
      const cell = byPlace.get(`${link}/${a}`);
      if (cell === undefined) continue;
      served.push({ ...cell, strategy: strategy.title });
      const joins = current !== null && current.order === link && current.lastInterval + 1 === axis.interval[a];
      if (joins) {
        Object.assign(current, { right: cell.right, end: cell.end, lastInterval: axis.interval[a], seconds: current.seconds + intervalS, bits: current.bits + cell.bits });
      } else {
        if (current !== null && current.order !== link && current.pass === cell.pass)
          handovers.push({ strategy: strategy.title, pass: cell.pass, begin: cell.begin });
        current = { ...cell, strategy: strategy.title, seconds: intervalS, lastInterval: axis.interval[a] };
        services.push(current);
      }
    }
  }

  const tops = [];
  const highest = new Map();
  for (const cell of cells) {
    if (cell.elevation_deg === null) continue;
    const key = `${cell.pass}/${cell.order}`;
    if (!highest.has(key) || highest.get(key).elevation_deg < cell.elevation_deg) highest.set(key, cell);
  }
  tops.push(...highest.values());

  const passes = axis.passes.map(([first, last], pass) => ({ pass, left: axis.left[first], right: axis.left[last] + 1 }));
  const passName = (pass) => {
    const [first, last] = axis.passes[pass];
    return `${pass + 1}: ${when(axis.interval[first])}${start === null ? "" : " UTC"}, ${Math.round(((axis.interval[last] - axis.interval[first] + 1) * intervalS) / 6) / 10} min`;
  };

  const drawn = {};
  const embed = async (id, name, datasets, adjust) => {
    const place = document.getElementById(id);
    if (place === null) return;
    const spec = structuredClone(charts[name]);
    spec.datasets = datasets;
    spec.background = null;
    spec.autosize = { type: "fit-x", contains: "padding" };
    const values = valuesFor(id);
    for (const param of spec.params ?? []) if (param.name in values) param.value = values[param.name];
    if (adjust !== undefined) adjust(spec);
    const result = await vegaEmbed(place, spec, {
      renderer: "svg", mode: "vega-lite", logLevel: vega.Error,
      actions: { export: true, source: false, compiled: false, editor: false },
      config: { mark: { aria: false }, font: "system-ui, DejaVu Sans, sans-serif", axis: { labelFontSize: 11, titleFontSize: 11, titleFontWeight: 500 }, legend: { titleFontWeight: 500 } },
    });
    // The library's menu has an icon only: give it a name that can be read out.
    for (const summary of place.querySelectorAll("summary")) summary.setAttribute("aria-label", "Save this chart");
    drawn[id] = result.view;
  };

  // A scale from 0 to 0 has no colours: where nothing costs anything it goes to 1.
  const shown = (cell) => (chosen.shade === "bits" ? cell.bits : cell.costs[chosen.shade]) ?? 0;
  const most = (some) => some.reduce((found, cell) => Math.max(found, shown(cell)), 0) || 1;
  const valuesFor = (id) => ({
    ...chosen, most: most(id === "overview" ? cells : cells.filter((cell) => cell.pass === chosen.pass)),
  });
  const chosen = { strategy: report.strategies[0]?.title ?? "", pass: 0, shade: "bits" };
  const signal = async () => {
    for (const [id, view] of Object.entries(drawn)) {
      for (const [name, value] of Object.entries(valuesFor(id))) {
        try { view.signal(name, value); } catch { /* this chart does not listen to it */ }
      }
      await view.resize().runAsync(); // passes differ in their number of links
    }
    const label = document.getElementById("passname");
    if (axis.passes.length > 0) label.textContent = `Pass ${passName(chosen.pass)}, ${chosen.strategy}`;
  };
  const select = (id, options) => {
    const element = document.getElementById(id);
    for (const [value, label] of options) element.add(new Option(label, value));
    element.addEventListener("change", () => {
      chosen[id] = id === "pass" ? Number(element.value) : element.value;
      signal();
    });
    return element;
  };
  const openPass = (pass) => {
    chosen.pass = Math.min(Math.max(pass, 0), Math.max(axis.passes.length - 1, 0));
    document.getElementById("pass").value = String(chosen.pass);
    return signal();
  };

  const row = (tag, texts, numbersFrom) => {
    const line = document.createElement("tr");
    texts.forEach((text, column) => {
      const cell = document.createElement(column === 0 ? "th" : tag);
      if (tag === "th") cell.scope = "col"; else if (column === 0) cell.scope = "row";
      if (column >= numbersFrom) cell.className = "number";
      cell.textContent = text;
      line.append(cell);
    });
    return line;
  };
  const fillPassTable = () => {
    const table = document.getElementById("passes");
    const titles = report.strategies.map((strategy) => strategy.title);
    const head = table.createTHead();
    head.append(row("th", ["pass", "begins", "minutes", "links in reach", ...titles.map((title) => `bits, ${title}`)], 2));
    const body = table.createTBody();
    axis.passes.forEach(([first, last], pass) => {
      const inReach = new Set(cells.filter((cell) => cell.pass === pass).map((cell) => cell.order)).size;
      const sums = titles.map((title) => services.filter((s) => s.pass === pass && s.strategy === title).reduce((sum, s) => sum + s.bits, 0));
      const minutes = ((axis.interval[last] - axis.interval[first] + 1) * intervalS) / 60;
      body.append(row("td", [String(pass + 1), when(axis.interval[first]), minutes.toFixed(1), String(inReach), ...sums.map((sum) => count.format(sum))], 2));
    });
  };

  const themeButton = document.getElementById("theme");
  const isDark = () => document.documentElement.dataset.theme === "dark"
    || (document.documentElement.dataset.theme === undefined && matchMedia("(prefers-color-scheme: dark)").matches);
  const showTheme = () => {
    themeButton.textContent = isDark() ? "Light" : "Dark";
    themeButton.setAttribute("aria-pressed", String(isDark()));
  };
  themeButton.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    showTheme();
  });
  showTheme();

  // Each pass is labelled where it begins: time above date, or the interval where no date is known.
  const withStarts = (spec) => {
    const day = new Intl.DateTimeFormat("en", { timeZone: "UTC", day: "numeric", month: "short" });
    const words = (index) => (start === null ? [count.format(index)]
      : [new Date(instant(index)).toISOString().slice(11, 16), day.format(instant(index))]);
    spec.params.find((param) => param.name === "starts").value = Object.fromEntries(
      axis.passes.map(([first]) => [String(axis.left[first]), words(axis.interval[first])]));
    spec.encoding.x.axis.values = axis.passes.map(([first]) => axis.left[first]);
  };
  const clockWithoutDate = (spec) => {
    if (start !== null) return;
    spec.vconcat.at(-1).encoding.x.title = "hours, minutes, seconds after the start of interval 0";
  };
  const withoutGeometry = (spec) => {
    if (tops.length === 0) spec.vconcat = [spec.vconcat.at(-1)];
    clockWithoutDate(spec);
  };
  const geojson = (lines, properties) => ({ type: "Feature", properties, geometry: { type: "MultiLineString", coordinates: lines } });

  const drawMap = () => {
    const stations = report.stations;
    if (stations === undefined) return undefined;
    const tracks = report.tracks.flatMap(({ pass, lines, served: inView }) => [
      geojson(lines, { pass, served: false }), geojson(inView, { pass, served: true })]);
    const lon = stations.map((s) => s.lon), lat = stations.map((s) => s.lat);
    const margin = Math.max(4, 0.16 * Math.max(Math.max(...lon) - Math.min(...lon), Math.max(...lat) - Math.min(...lat)));
    const [west, east] = [Math.max(-180, Math.min(...lon) - margin), Math.min(180, Math.max(...lon) + margin)];
    const [south, north] = [Math.max(-89, Math.min(...lat) - margin), Math.min(89, Math.max(...lat) + margin)];
    const frame = { type: "Feature", geometry: { type: "MultiPoint", coordinates: [[west, south], [east, south], [west, north], [east, north]] } };
    return embed("map", "map", { stations, tracks }, (spec) => {
      spec.layer[0].data = { values: parse("land"), format: { type: "topojson", feature: "land" } };
      spec.projection = { type: "equirectangular", fit: frame };
    });
  };

  const drawShares = () => {
    const shares = report.strategies.filter((s) => s.shares !== null).flatMap((s) => targets.map((target, order) => ({
      strategy: s.title, target, order, share: s.shares[order], bits: s.delivered[target], wanted: s.weight_shares?.[order] ?? null })));
    const first = report.strategies.find((s) => s.weight_shares !== null);
    const wanted = first === undefined ? [] : targets.map((target, order) => ({ target, order, wanted: first.weight_shares[order] }));
    return embed("sharechart", "shares", { shares, wanted });
  };

  const drawFront = () => {
    if (!report.front) return undefined;
    const front = report.front.points.map((point) => ({ ...point, kl: Number(point.kl_max) }));
    return embed("frontchart", "front", { front, marks: report.front.marks });
  };

  const drawConvergence = () => {
    const runs = report.convergence.flatMap((run) => run.evaluations.map((evaluations, k) => ({ label: run.label, evaluations, share: run.best[k] / run.bound })));
    return runs.length === 0 ? undefined : embed("convergencechart", "convergence", { convergence: runs });
  };

  select("strategy", report.strategies.map((s) => [s.title, s.title]));
  select("pass", axis.passes.map((_, pass) => [String(pass), passName(pass)]));
  select("shade", [["bits", "bits per interval"], ...Object.keys(report.cells.costs).map((name) => [name, `cost against S-${name.toUpperCase()}`])]);
  document.getElementById("previous").addEventListener("click", () => openPass(chosen.pass - 1));
  document.getElementById("next").addEventListener("click", () => openPass(chosen.pass + 1));
  fillPassTable();

  Promise.all([
    drawMap(),
    embed("overview", "overview", { cells, services, passes }, withStarts),
    embed("passchart", "pass", { cells, served, services, handovers, tops }, withoutGeometry),
    drawShares(), drawFront(), drawConvergence(),
  ]).then(async () => {
    drawn.overview?.addEventListener("click", (_, item) => {
      if (item?.datum?.pass !== undefined) openPass(item.datum.pass);
    });
    await signal();
    document.documentElement.dataset.ready = "true";
  });
})();
