"use strict";
// Turns the report's columns into rows, draws the charts, and connects the controls.
(() => {
  const parse = (id) => JSON.parse(document.getElementById(id).textContent);
  const report = parse("report-data");
  const charts = parse("chart-specs");
  const { links, targets, interval_s: intervalS } = report.problem;
  const start = report.start_utc === null ? null : Date.parse(report.start_utc);
  const axis = report.axis;
  const network = report.network;
  const count = new Intl.NumberFormat("en");
  const passOf = new Array(axis.interval.length);
  axis.passes.forEach(([first, last], pass) => {
    for (let a = first; a <= last; a += 1) passOf[a] = pass;
  });

  // Without a calendar the clock starts at the epoch, which is shown as hours, minutes, seconds.
  const instant = (index) => (start ?? 0) + index * intervalS * 1000;
  const when = (index) =>
    start === null ? `interval ${count.format(index)}` : new Date(instant(index)).toISOString().slice(0, 19).replace("T", " ");

  const nameOf = (n) => (network === undefined ? links[n]
    : links[n].slice(network.satellites[network.link_satellite[n]].name.length + 1));
  const cells = report.cells.a.map((a, row) => {
    const index = axis.interval[a];
    const costs = Object.fromEntries(Object.entries(report.cells.costs).map(([name, list]) => [name, list[row] < 0 ? null : list[row]]));
    return {
      a, pass: passOf[a], link: nameOf(report.cells.link[row]), order: report.cells.link[row],
      bits: report.cells.bits[row], left: axis.left[a], right: axis.left[a] + 1,
      begin: instant(index), middle: instant(index + 0.5), end: instant(index + 1), when: when(index),
      elevation_deg: report.cells.elevation_deg?.[row] ?? null, loss_db: report.cells.loss_db?.[row] ?? null,
      row, costs,
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
        current = { ...cell, strategy: strategy.title, seconds: intervalS, firstInterval: axis.interval[a], lastInterval: axis.interval[a] };
        services.push(current);
      }
    }
  }

  // Of finite keys each service is a session with bits of its own, less than its intervals have.
  const finite = report.strategies.some((strategy) => strategy.asymptotic !== undefined);
  const sessionsOf = ({ services: { link, first, last, bits, asymptotic_bits: asymptotic } }) => link.map((n, k) => (
    { link: n, first: first[k], last: last[k], bits: bits[k], asymptotic_bits: asymptotic[k] }));
  if (finite) {
    const keyOf = (strategy, link, first) => `${strategy}/${link}/${first}`;
    const known = new Map(report.strategies.flatMap((strategy) => sessionsOf(strategy).map((own) => [keyOf(strategy.title, own.link, own.first), own])));
    for (const service of services) {
      const own = known.get(keyOf(service.strategy, service.order, service.firstInterval));
      Object.assign(service, { bits: own?.bits ?? 0, asymptotic_bits: own?.asymptotic_bits ?? service.bits });
    }
  }
  const withFinite = (part) => {
    if (!finite || part === null || typeof part !== "object") return;
    if (Array.isArray(part.tooltip)) {
      const ofService = part.tooltip.some(({ field }) => field === "seconds");
      const own = part.tooltip.find(({ field }) => field === "bits");
      if (own !== undefined) own.title = ofService ? "finite bits" : "asymptotic bits";
      if (own !== undefined && ofService) part.tooltip.push({ ...own, field: "asymptotic_bits", title: "asymptotic bits" });
    }
    Object.values(part).forEach(withFinite);
  };

  const tops = [];
  const highest = new Map();
  for (const cell of cells) {
    if (cell.elevation_deg === null) continue;
    const key = `${cell.pass}/${cell.order}`;
    if (!highest.has(key) || highest.get(key).elevation_deg < cell.elevation_deg) highest.set(key, cell);
  }
  tops.push(...highest.values());

  const passes = axis.passes.map(([first, last], pass) => ({ pass, left: axis.left[first], right: axis.left[last] + 1 }));
  const satelliteOf = (pass) => axis.satellite?.[pass] ?? 0;
  const passesOf = (satellite) => passes.map(({ pass }) => pass).filter((pass) => satelliteOf(pass) === satellite);
  const passName = (pass) => {
    const [first, last] = axis.passes[pass];
    return `${passesOf(satelliteOf(pass)).indexOf(pass) + 1}: ${when(axis.interval[first])}${start === null ? "" : " UTC"}, ${Math.round(((axis.interval[last] - axis.interval[first] + 1) * intervalS) / 6) / 10} min`;
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
    drawn[id]?.finalize();
    for (const param of spec.params ?? []) if (param.name in values) param.value = values[param.name];
    withFinite(spec.encoding); withFinite(spec.layer); withFinite(spec.vconcat);
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
  const skyPlace = (name) => report.strategies.findIndex((strategy) => strategy.file === `${name}.json`);
  const skyNames = Object.keys(report.clouds?.strategies ?? {}).sort((a, b) => skyPlace(a) - skyPlace(b));
  const chosen = { strategy: report.strategies[0]?.title ?? "", pass: 0, shade: "bits", rows: "stations", page: 0, satellite: 0, seen: 0, sky: skyNames[0] ?? "" };
  const signal = async () => {
    for (const [id, view] of Object.entries(drawn)) {
      for (const [name, value] of Object.entries(valuesFor(id))) {
        try { view.signal(name, value); } catch { /* this chart does not listen to it */ }
      }
      await view.resize().runAsync(); // passes differ in their number of links
    }
    const label = document.getElementById("passname");
    if (chosen.pass in axis.passes) {
      const whose = network === undefined ? "Pass " : `${network.satellites[satelliteOf(chosen.pass)].name}, pass `;
      label.textContent = `${whose}${passName(chosen.pass)}, ${chosen.strategy}`;
    }
  };
  const fill = (id, options) => document.getElementById(id).replaceChildren(
    ...options.map(([value, label]) => new Option(label, value)));
  const select = (id, options, changed = signal) => {
    const element = document.getElementById(id);
    fill(id, options);
    element.addEventListener("change", () => {
      chosen[id] = typeof chosen[id] === "number" ? Number(element.value) : element.value;
      changed();
    });
  };
  const openPass = async (pass) => {
    chosen.pass = pass;
    document.getElementById("pass").value = String(chosen.pass);
    await signal();
    return openDetails();
  };
  const step = (by) => {
    const own = passesOf(chosen.satellite);
    const next = own[own.indexOf(chosen.pass) + by];
    return next === undefined ? signal() : openPass(next);
  };
  const openSatellite = () => {
    const own = passesOf(chosen.satellite);
    fill("pass", own.map((pass) => [String(pass), passName(pass)]));
    return own.length === 0 ? undefined : openPass(own[0]);
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
  // What a station's log would show of one link in the chosen pass.
  const losses = report.cells.losses_db ?? {};
  const usualTerms = ["geometric", "jitter", "turbulence", "atmosphere", "clouds", "receiver_optics", "detector"];
  const lossOf = (term, cell) => (losses[term].length === 1 ? losses[term][0] : losses[term][cell.row]);
  const numberOf = (name, cell) => report.cells[name]?.[cell.row] ?? null;
  const seenCells = () => cells.filter((cell) => cell.pass === chosen.pass && cell.order === chosen.seen);
  const drawDetails = async () => {
    const own = seenCells();
    if (own.length === 0) return undefined;
    const parts = [...new Set([...usualTerms, ...Object.keys(losses)])].filter((term) => term in losses).filter((term) => own.some((cell) => lossOf(term, cell)));
    const terms = own.flatMap((cell) => parts.map((term, order) => ({
      middle: cell.middle, when: cell.when, term: term.replaceAll("_", " "), order, loss: lossOf(term, cell) })));
    const seen = own.map((cell) => ({ ...cell, click_rate_hz: numberOf("click_rate_hz", cell), qber: numberOf("qber", cell) }));
    const bits = own.flatMap((cell) => [["sifted", numberOf("sifted_bits", cell)], ["secret", cell.bits]].map(([kind, count]) => (
      { middle: cell.middle, when: cell.when, kind, count })));
    fillSeenTable(own, parts);
    return embed("detailschart", "details", { terms, seen, bits }, (spec) => {
      spec.vconcat[0].encoding.color.legend.columns = columnsIn("detailschart");
      if (start === null) spec.vconcat.at(-1).encoding.x.title = "hours, minutes, seconds after the start of interval 0";
    });
  };
  const fillSeenTable = (own, parts) => {
    const table = document.getElementById("seentable");
    table.replaceChildren();
    const fixed = (value, digits) => (value === null || value === undefined ? "" : value.toFixed(digits));
    const heads = ["interval from", "elevation [deg]", "azimuth [deg]", "range [km]", "Sun [deg]", "contact [s]", "loss [dB]",
      ...parts.map((term) => `${term.replaceAll("_", " ")} [dB]`), "clicks [1/s]", "sifted bits", "QBER", "secret bits"];
    table.createTHead().append(row("th", heads, 1));
    const body = table.createTBody();
    for (const cell of own) {
      const value = (name) => numberOf(name, cell);
      body.append(row("td", [
        cell.when, fixed(value("elevation_deg"), 2), fixed(value("azimuth_deg"), 2), fixed(value("range_m") / 1000, 1),
        fixed(value("sun_elevation_deg"), 2), fixed(value("contact_s"), 0), fixed(value("loss_db"), 2),
        ...parts.map((term) => fixed(lossOf(term, cell), 2)), fixed(value("click_rate_hz"), 0), fixed(value("sifted_bits"), 0),
        fixed(value("qber"), 4), count.format(cell.bits)], 1));
    }
  };
  // The links of the chosen pass; first the one that gets most bits under the strategy, else the one with most.
  const openDetails = () => {
    if (document.getElementById("seen") === null) return undefined;
    const sums = new Map(), names = new Map();
    for (const cell of cells) {
      if (cell.pass !== chosen.pass) continue;
      names.set(cell.order, cell.link);
      sums.set(cell.order, (sums.get(cell.order) ?? 0) + cell.bits * 1e-9);
    }
    for (const s of services) if (s.pass === chosen.pass && s.strategy === chosen.strategy) sums.set(s.order, sums.get(s.order) + s.bits);
    const orders = [...names.keys()].sort((a, b) => a - b);
    if (orders.length === 0) return undefined;
    fill("seen", orders.map((order) => [String(order), names.get(order)]));
    chosen.seen = orders.reduce((best, order) => (sums.get(order) > sums.get(best) ? order : best));
    document.getElementById("seen").value = String(chosen.seen);
    return drawDetails();
  };
  const fillPassTable = () => {
    const table = document.getElementById("passes");
    const titles = report.strategies.map((strategy) => strategy.title);
    const inReach = passes.map(() => new Set());
    for (const cell of cells) inReach[cell.pass].add(cell.order);
    const sums = passes.map(() => Object.fromEntries(titles.map((title) => [title, 0])));
    for (const s of services) sums[s.pass][s.strategy] += s.bits;
    const whose = network === undefined ? [] : ["satellite"];
    const head = table.createTHead();
    head.append(row("th", [...whose, "pass", "begins", "minutes", "links in reach", ...titles.map((title) => `bits, ${title}`)], 2 + whose.length));
    const body = table.createTBody();
    axis.passes.forEach(([first, last], pass) => {
      const minutes = ((axis.interval[last] - axis.interval[first] + 1) * intervalS) / 60;
      const name = network === undefined ? [] : [network.satellites[satelliteOf(pass)].name];
      const number = passesOf(satelliteOf(pass)).indexOf(pass) + 1;
      body.append(row("td", [...name, String(number), when(axis.interval[first]), minutes.toFixed(1), String(inReach[pass].size), ...titles.map((title) => count.format(sums[pass][title]))], 2 + whose.length));
    });
  };

  // The sessions of the chosen strategy, in order of time.
  const fillSessionTable = () => {
    const table = document.getElementById("sessions");
    if (table === null) return;
    table.replaceChildren();
    table.createTHead().append(row("th", ["link", "begins", "ends", "intervals", "asymptotic bits", "finite bits", "kept"], 3));
    const body = table.createTBody();
    for (const own of sessionsOf(strategyOf()).sort((a, b) => a.first - b.first || a.link - b.link)) {
      const kept = own.asymptotic_bits === 0 ? "-" : `${(100 * own.bits / own.asymptotic_bits).toFixed(1)} %`;
      body.append(row("td", [links[own.link], when(own.first), when(own.last + 1), String(own.last - own.first + 1), count.format(own.asymptotic_bits), count.format(own.bits), kept], 3));
    }
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
    if (network !== undefined) redraw(); // greys and blues that stand out from the page
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

  // Okabe and Ito's colours for the six that count most, one more for all the others.
  const strong = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
  const others = "others";
  const colours = (all, bits) => {
    const order = all.map((_, k) => k).filter((k) => bits[k] > 0).sort((a, b) => bits[b] - bits[a] || a - b);
    const top = order.slice(0, strong.length).sort((a, b) => a - b);
    const names = top.map((k) => all[k]);
    return { names: top.length < all.length ? [...names, others] : names, shown: (k) => (top.includes(k) ? all[k] : others) };
  };
  const scaleOf = (names) => ({ domain: names, range: names.map((name, k) => (name === others && k === names.length - 1 ? (isDark() ? "#d0d5da" : "#454c54") : strong[k])) });
  const strategyOf = () => report.strategies.find((strategy) => strategy.title === chosen.strategy);
  // Bits by satellite, or by station, of a strategy.
  const totals = (strategy, by) => (by === "satellite"
    ? network.satellites.map((_, s) => strategy?.by_station.reduce((sum, line) => sum + line[s], 0) ?? 0)
    : network.stations.map((_, n) => strategy?.by_station[n].reduce((sum, bits) => sum + bits, 0) ?? 0));

  // A page begins where somebody can be served and is at most six hours long.
  const pageIntervals = Math.max(1, Math.floor((6 * 3600) / intervalS));
  const pages = [];
  const reachable = network === undefined ? [] : network.satellites.flatMap((s) => s.reachable).sort((a, b) => a[0] - b[0]);
  for (const [first, last] of reachable) {
    if (pages.length === 0 || first >= pages.at(-1) + pageIntervals) pages.push(first);
    while (last >= pages.at(-1) + pageIntervals && pages.length < 10000) pages.push(pages.at(-1) + pageIntervals);
  }
  const pageName = (page) => (start === null ? `from interval ${count.format(page)}` : `six hours from ${when(page).slice(0, 16)} UTC`);

  // The lane of each service in its row: two at the same time are one above the other.
  const withLanes = (list) => {
    const busy = new Map();
    for (const item of [...list].sort((a, b) => a.begin - b.begin)) {
      const ends = busy.get(item.row) ?? [];
      let lane = ends.findIndex((end) => end <= item.begin);
      if (lane < 0) lane = ends.length;
      ends[lane] = item.end;
      busy.set(item.row, ends);
      item.lane = lane;
    }
    return Math.max(1, ...[...busy.values()].map((ends) => ends.length));
  };
  const drawNetwork = () => {
    const strategy = strategyOf(), byStation = chosen.rows === "stations";
    const from = pages[chosen.page] ?? 0, to = from + pageIntervals - 1;
    const inside = (first, last) => first <= to && last >= from;
    const place = (first, last) => ({ begin: instant(Math.max(first, from)), end: instant(Math.min(last, to) + 1) });
    const lines = byStation ? network.stations : network.satellites;
    const spans = lines.flatMap((line, order) => [[line.reachable, false], [line.contested ?? [], true]].flatMap(([runs, contested]) =>
      runs.filter((run) => inside(...run)).map((run) => ({ row: line.name, order, contested, ...place(...run) }))));
    const other = (byStation ? network.satellites : network.stations).map((item) => item.name);
    const { names, shown } = colours(other, totals(strategy, byStation ? "satellite" : "station"));
    const found = [];
    strategy?.services.link.forEach((link, k) => {
      const first = strategy.services.first[k], last = strategy.services.last[k];
      if (!inside(first, last)) return;
      const s = network.link_satellite[link], ends = network.link_stations[link];
      const item = {
        satellite: network.satellites[s].name, link: nameOf(link), when: when(first), seconds: (last - first + 1) * intervalS,
        bits: strategy.services.bits[k], asymptotic_bits: strategy.services.asymptotic_bits?.[k], ...place(first, last),
      };
      if (byStation) for (const n of ends) found.push({ ...item, row: network.stations[n].name, order: n, shown: shown(s) });
      else found.push({ ...item, row: network.satellites[s].name, order: s, shown: shown(ends[0]) });
    });
    const lanes = withLanes(found);
    return embed("overview", "network", { spans, services: found }, (spec) => {
      spec.height.step = lines.length > 40 ? 14 : 20;
      spec.encoding.y.scale = { domain: lines.map((line) => line.name) };
      Object.assign(spec.layer[2].encoding.color, { scale: scaleOf(names.filter((name) => name !== others || found.some((item) => item.shown === others))) });
      spec.layer[2].encoding.color.legend.columns = columnsIn("overview");
      if (lanes > 1) {
        spec.height.for = "position";
        spec.layer[2].encoding.yOffset = { field: "lane", type: "ordinal", scale: { domain: [...Array(lanes).keys()], paddingInner: 0.1 } };
      }
      const width = Math.max(...spans.map((span) => span.end)) - Math.min(...spans.map((span) => span.begin));
      if (start === null || width < 20 * 60 * 1000) spec.encoding.x.axis.format = "%H:%M:%S";
    });
  };
  const openPage = (page) => {
    chosen.page = Math.min(Math.max(page, 0), pages.length - 1);
    document.getElementById("page").value = String(chosen.page);
    return drawNetwork();
  };

  const drawSharing = () => {
    const strategy = strategyOf();
    const matrix = network.stations.flatMap(({ name }, n) => network.satellites.map((satellite, s) => (
      { station: name, satellite: satellite.name, n, s, bits: strategy?.by_station[n][s] || null })));
    const table = document.getElementById("matrix");
    table.replaceChildren();
    table.createTHead().append(row("th", ["station", ...network.satellites.map((s) => s.name), "all"], 1));
    const body = table.createTBody();
    strategy?.by_station.forEach((line, n) => body.append(row("td", [
      network.stations[n].name, ...line.map((bits) => count.format(bits)), count.format(line.reduce((a, b) => a + b, 0))], 1)));
    const sums = totals(strategy, "satellite");
    const last = row("td", ["all", ...sums.map((bits) => count.format(bits)), count.format(sums.reduce((a, b) => a + b, 0))], 1);
    last.className = "total";
    body.append(last);
    return embed("sharingchart", "sharing", { matrix }, (spec) => {
      spec.height.step = network.stations.length > 40 ? 11 : 18;
      const letters = network.satellites.reduce((sum, s) => sum + s.name.length + 2, 0);
      if (letters * 7 < widthOf("sharingchart") - 130) spec.encoding.x.axis.labelAngle = 0;
      if (isDark()) spec.encoding.color.scale.range = ["#17384f", "#a9dcff"];
    });
  };

  // Stations whose names do not cover those of others before them.
  const withoutCrowd = (stations, width, height) => {
    const pixels = Math.min(widthOf("map") / width, 380 / height), kept = [];
    for (const s of stations)
      if (kept.every((o) => Math.abs(o.lon - s.lon) * pixels > 70 || Math.abs(o.lat - s.lat) * pixels > 12)) kept.push(s);
    return kept;
  };
  const widthOf = (id) => document.getElementById(id).clientWidth;
  const columnsIn = (id) => Math.max(2, Math.floor(widthOf(id) / 120));
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
    if (network !== undefined) {
      const { names, shown } = colours(network.satellites.map((s) => s.name), totals(strategyOf(), "satellite"));
      for (const track of tracks) track.properties.satellite = shown(satelliteOf(track.properties.pass));
      tracks.domain = names;
    }
    return embed("map", "map", { stations, tracks }, (spec) => {
      if (tracks.domain !== undefined) {
        const color = { field: "properties.satellite", type: "nominal", scale: scaleOf(tracks.domain), title: null, legend: { orient: "top", columns: columnsIn("map"), symbolType: "stroke" } };
        for (const layer of [spec.layer[2], spec.layer[3]]) {
          delete layer.mark.stroke;
          layer.encoding = { stroke: color };
        }
        Object.assign(spec.layer[2].mark, { strokeOpacity: 0.8 });
        Object.assign(spec.layer[3].mark, { strokeWidth: 4.5 });
        spec.layer.at(-1).data = { values: withoutCrowd(stations, east - west, north - south) };
      }
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

  // Changes in percent as bars, the largest on top.
  const drawChanges = (id, changes) => {
    changes.sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
    return changes.length === 0 ? undefined : embed(id, "tornado", { changes }, (spec) => {
      spec.encoding.y.axis.labelLimit = Math.max(120, Math.min(360, 0.45 * widthOf(id)));
    });
  };

  const leastChange = 0.0005;
  const drawTornado = () => drawChanges("tornadochart", (report.assumptions?.rows ?? []).flatMap((row) => row.effects
    .filter((effect) => Math.abs(effect.change ?? 0) >= leastChange)
    .map((effect) => ({ ...effect, words: row.words, used: `${row.value} ${row.unit}`.trim(), label: `${row.words}: ${effect.value} ${row.unit}`.trim() }))));

  // Certified values are whole, a quotient or decimal as text, or t and total.
  const asNumber = (value) => typeof value === "object" && value !== null ? asNumber(value.t)
    : String(value).split("/").map(Number).reduce((over, under) => over / under);
  const drawWhatIf = () => {
    const base = asNumber(report.what_if?.base.value ?? NaN);
    return drawChanges("whatifchart", (report.what_if?.rows ?? []).filter((row) => row.value !== null).map((row) => {
      const words = Object.entries(row.settings).map(([key, value]) => `${key} = ${typeof value === "object" ? JSON.stringify(value) : value}`).join(", ");
      const total = asNumber(row.value);
      return { label: words, words, used: "-", value: "-", why: "-", total, change: (total - base) / Math.abs(base) };
    }).filter((row) => Number.isFinite(row.change)));
  };

  // In how many skies at least so much is brought: each reward with the share of those not below it.
  const skies = report.clouds?.strategies ?? {};
  const skyTitle = (name) => report.strategies.find((strategy) => strategy.file === `${name}.json`)?.title ?? name;
  const drawClouds = () => {
    const one = skies[chosen.sky];
    if (one === undefined) return undefined;
    const kinds = [["the skies it was made for", one.claimed_rewards], ["fresh skies", one.fresh_rewards],
      ["schedule for mean clouds, fresh skies", one.mean_clouds_rewards ?? []]];
    return embed("cloudschart", "clouds", { skies: kinds.flatMap(([kind, rewards]) => [...rewards].sort((a, b) => a - b)
      .flatMap((reward, k, all) => [{ kind, reward, share: 1 - k / all.length }, ...(k === all.length - 1 ? [{ kind, reward, share: 0 }] : [])])) });
  };

  const redraw = async () => {
    fillSessionTable();
    if (network !== undefined) await Promise.all([drawNetwork(), drawSharing(), drawMap()]);
    return signal();
  };
  select("strategy", report.strategies.map((s) => [s.title, s.title]), redraw);
  select("pass", passesOf(0).map((pass) => [String(pass), passName(pass)]), () => openPass(chosen.pass));
  if (document.getElementById("seen") !== null) select("seen", [], drawDetails);
  select("shade", [["bits", "bits per interval"], ...Object.keys(report.cells.costs).map((name) => [name, `cost against S-${name.toUpperCase()}`])]);
  document.getElementById("previous").addEventListener("click", () => step(-1));
  document.getElementById("next").addEventListener("click", () => step(1));
  if (document.getElementById("sky") !== null) select("sky", skyNames.map((name) => [name, skyTitle(name)]), drawClouds);
  if (network !== undefined) {
    select("rows", [["stations", "stations, coloured by satellite"], ["satellites", "satellites, coloured by station"]], drawNetwork);
    select("page", pages.map((page, k) => [String(k), pageName(page)]), drawNetwork);
    select("satellite", network.satellites.map((s, k) => [String(k), s.name]), openSatellite);
    document.getElementById("earlier").addEventListener("click", () => openPage(chosen.page - 1));
    document.getElementById("later").addEventListener("click", () => openPage(chosen.page + 1));
    chosen.satellite = satelliteOf(0);
    document.getElementById("satellite").value = String(chosen.satellite);
    openSatellite();
  }
  fillPassTable();
  fillSessionTable();

  Promise.all([
    drawMap(),
    network === undefined ? embed("overview", "overview", { cells, services, passes }, withStarts) : drawNetwork(),
    embed("passchart", "pass", { cells, served, services, handovers, tops }, withoutGeometry),
    network === undefined ? undefined : drawSharing(),
    drawShares(), drawFront(), drawConvergence(), drawTornado(), drawWhatIf(), drawClouds(), openDetails(),
  ]).then(async () => {
    if (network === undefined) drawn.overview?.addEventListener("click", (_, item) => {
      if (item?.datum?.pass !== undefined) openPass(item.datum.pass);
    });
    await signal();
    document.documentElement.dataset.ready = "true";
  });
})();
