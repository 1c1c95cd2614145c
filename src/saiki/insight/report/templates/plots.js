"use strict";
(() => {
  const root = document.documentElement;
  const read = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const list = (name) => read(name).split(",").map((part) => part.trim());

  function palette() {
    const colors = { "@text": read("--text"), "@muted": read("--muted"), "@ground": read("--ground") };
    list("--series").forEach((color, at) => {
      colors[`@${at + 1}`] = color;
      colors[`@${at + 1}-band`] = `${color}38`;
    });
    const heat = list("--heat");
    colors["@heat"] = heat.map((color, at) => [at / (heat.length - 1), color]);
    return colors;
  }

  // Only values of colour keys are names of colours: a label may begin with "@" too.
  function painted(value, colors, isColor) {
    if (typeof value === "string") return isColor && value in colors ? colors[value] : value;
    if (Array.isArray(value)) return value.map((item) => painted(item, colors, isColor));
    if (value === null || typeof value !== "object") return value;
    return Object.fromEntries(Object.entries(value).map(([key, item]) =>
      [key, painted(item, colors, ["color", "arrowcolor", "colorscale", "fillcolor"].includes(key))]));
  }

  function dressed(layout, colors) {
    const rule = read("--rule");
    const axis = { gridcolor: rule, linecolor: rule, zerolinecolor: rule, tickcolor: rule };
    const axes = Object.keys(layout).filter((key) => /^[xy]axis\d*$/.test(key));
    return {
      hovermode: "x unified",
      ...layout,
      ...Object.fromEntries(axes.map((key) => [key, { ...axis, ...layout[key] }])),
      paper_bgcolor: colors["@ground"],
      plot_bgcolor: colors["@ground"],
      font: { family: getComputedStyle(document.body).fontFamily, size: 12, color: colors["@text"] },
      hoverlabel: { bgcolor: read("--panel"), bordercolor: rule, font: { color: colors["@text"] } },
    };
  }

  const plots = [...document.querySelectorAll(".plot")].map((place) => {
    const source = place.querySelector("script");
    const plot = JSON.parse(source.textContent);
    source.remove();
    const pickers = [...place.parentElement.querySelectorAll("select")];
    for (const picker of pickers) picker.addEventListener("change", () => show(entry, palette()));
    const entry = { place, plot, pickers };
    return entry;
  });
  const config = { responsive: true, displaylogo: false, modeBarButtons: [["toImage", "resetScale2d"]] };

  // The figure of a place; of many, the one that is picked.
  function chosen({ place, plot, pickers }) {
    if (!plot.choices) return plot;
    const at = Object.fromEntries(pickers.map((picker) => [picker.dataset.of, picker.value]));
    const views = plot.choices[at.choice];
    const picked = views[at.view] ?? Object.values(views)[0];
    place.style.height = `${picked.height}px`;
    return picked;
  }

  function show(entry, colors) {
    const { data, layout } = chosen(entry);
    Plotly.react(entry.place, painted(data, colors, false),
      { ...dressed(painted(layout, colors, false), colors), autosize: true }, config);
  }

  function draw() {
    const colors = palette();
    for (const entry of plots) show(entry, colors);
  }

  // On paper: light colours, and plots no wider than the page.
  function print(isPaper) {
    root.classList.toggle("paper", isPaper);
    draw();
    for (const { place } of plots) {
      if (isPaper) Plotly.relayout(place, { width: Math.min(660, place.clientWidth) });
      else Plotly.relayout(place, { width: null, autosize: true });
    }
  }

  draw();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  addEventListener("beforeprint", () => print(true));
  addEventListener("afterprint", () => print(false));
})();
