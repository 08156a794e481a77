// Draws the charts: Vega-Lite, whose expressions are interpreted and never evaluated as code.
let loading;

/** Loads the libraries once, when there is a chart to draw. */
function libraries() {
  loading ??= (async () => {
    for (const name of ["vega.min.js", "vega-lite.min.js"]) {
      await new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = new URL(`vendor/${name}`, import.meta.url).href;
        script.onload = done;
        script.onerror = failed;
        document.head.append(script);
      });
    }
    return (await import("./vendor/vega-interpreter.js")).expressionInterpreter;
  })();
  return loading;
}

/** Returns the colours of the page, which follow the reader's scheme. */
function theme() {
  const style = getComputedStyle(document.documentElement);
  const of = (name) => style.getPropertyValue(`--${name}`).trim();
  const font = getComputedStyle(document.body).fontFamily;
  return {
    background: "transparent",
    font,
    range: { category: of("series").split(" ") },
    view: { stroke: null },
    axis: {
      labelColor: of("quiet"), titleColor: of("quiet"), gridColor: of("line"), domainColor: of("line"),
      tickColor: of("line"), titleFontWeight: 400, labelFontSize: 12, titleFontSize: 12, titlePadding: 8,
    },
    legend: {
      labelColor: of("ink"), labelFontSize: 12, orient: "bottom", columns: innerWidth < 700 ? 1 : 3,
      labelLimit: 260,
    },
    point: { fill: of("ink") },
    bar: { continuousBandSize: 12 },
  };
}

/** Draws a figure's chart; where it cannot, its table still says the same. */
export async function draw(figure) {
  if (figure.dataset.drawn) return;
  figure.dataset.drawn = "begun";
  const expr = await libraries();
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const { vega, vegaLite } = globalThis;
  const compiled = vegaLite.compile(spec, { config: theme() }).spec;
  const runtime = vega.parse(compiled, null, { ast: true });
  const plot = figure.querySelector(".plot");
  figure.view?.finalize();
  figure.view = new vega.View(runtime, { expr, renderer: "svg", container: plot, hover: true });
  await figure.view.runAsync();
  figure.dataset.drawn = "done";
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  for (const figure of document.querySelectorAll("[data-chart]")) {
    delete figure.dataset.drawn;
    draw(figure);
  }
});
