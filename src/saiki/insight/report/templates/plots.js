"use strict";
(() => {
  const root = document.documentElement;
  const read = (name) => getComputedStyle(root).getPropertyValue(name).trim();
  const list = (name) => read(name).split(",").map((part) => part.trim());

  function palette() {
    const colors = { "@text": read("--text"), "@muted": read("--muted"), "@ground": read("--ground") };
    list("--series").forEach((color, at) => { colors[`@${at + 1}`] = color; });
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
      [key, painted(item, colors, ["color", "arrowcolor", "colorscale"].includes(key))]));
  }

  function dressed(layout, colors) {
    const rule = read("--rule");
    const axis = { gridcolor: rule, linecolor: rule, zerolinecolor: rule, tickcolor: rule };
    return {
      hovermode: "x unified",
      ...layout,
      xaxis: { ...axis, ...layout.xaxis },
      yaxis: { ...axis, ...layout.yaxis },
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
    return { place, plot };
  });
  const config = { responsive: true, displaylogo: false, modeBarButtons: [["toImage", "resetScale2d"]] };

  function draw() {
    const colors = palette();
    for (const { place, plot } of plots) {
      Plotly.react(place, painted(plot.data, colors, false),
        { ...dressed(painted(plot.layout, colors, false), colors), autosize: true }, config);
    }
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
