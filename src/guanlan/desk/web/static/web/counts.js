// Counts: the bars of a series, and moving up and down its grid. The page has the same figures as a table,
// and the grid works by Tab alone.
"use strict";
(() => {
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function options(data) {
    const bars = data.values.map((value, place) => ({
      value, itemStyle: { color: ink(data.whole[place] ? "--grey" : "--line-strong") },
      label: { show: value === 0, position: "top", color: ink("--grey"), fontSize: 11 },
    }));
    // A zero says 0; a day on which nobody reported says so: the two must not look alike.
    const notes = data.bursts.map((place) => [place, data.values[place], data.words.burst]);
    data.values.forEach((value, place) => { if (value === null) notes.push([place, 0, data.words.nothing]); });
    return {
      animation: false,
      grid: { left: 42, right: 10, top: 22, bottom: 24 },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" }, backgroundColor: ink("--paper"),
        borderColor: ink("--line-strong"), textStyle: { color: ink("--ink"), fontSize: 13 },
        formatter: (found) => {
          const place = found[0].dataIndex;
          const value = data.values[place];
          const said = value === null ? data.words.nothing : `${value} ${data.words.unit}`;
          return [data.days[place], said, `${data.words.covered} ${data.covered[place]}`].join("<br>");
        },
      },
      xAxis: {
        type: "category", data: data.days, axisTick: { show: false },
        axisLine: { lineStyle: { color: ink("--line-strong") } }, axisLabel: { color: ink("--grey"), fontSize: 12 },
      },
      yAxis: {
        type: "value", minInterval: 1, splitNumber: 3, axisLabel: { color: ink("--grey"), fontSize: 12 },
        splitLine: { lineStyle: { color: ink("--line") } },
      },
      series: [{
        type: "bar", data: bars, barCategoryGap: "25%", cursor: "pointer",
        markPoint: {
          symbol: "circle", symbolSize: 1, silent: true,
          label: { formatter: (mark) => mark.name, position: "top", color: ink("--ink"), fontSize: 11 },
          data: notes.map(([place, at, name]) => ({ coord: [data.days[place], at], name })),
        },
      }],
    };
  }

  // What a person typed reaches the tooltip as text: echarts renders strings as HTML.
  function plain(data) {
    const clean = (text) => String(text).replace(/[<>&"]/g, "");
    for (const name of Object.keys(data.words)) data.words[name] = clean(data.words[name]);
    return data;
  }

  function draw(box) {
    const data = plain(JSON.parse(document.getElementById(box.dataset.counts).textContent));
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options(data));
    chart.getZr().on("click", (event) => {
      const place = chart.convertFromPixel({ seriesIndex: 0 }, [event.offsetX, event.offsetY])[0];
      if (data.urls[place]) window.location.href = data.urls[place];
    });
    new ResizeObserver(() => chart.resize()).observe(box);
  }

  // Enter and the arrows move within a column, so that a day is typed from top to bottom.
  function onKey(event) {
    const field = event.target.closest(".count-grid input");
    const step = { Enter: 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!field || !step || event.isComposing || event.ctrlKey) return;
    const cell = field.closest("td");
    const column = [...cell.closest("tbody").rows].flatMap((row) => [...row.cells[cell.cellIndex].querySelectorAll("input")]);
    const next = column[column.indexOf(field) + step];
    event.preventDefault();
    if (next) next.select();
    else if (step > 0) field.form.querySelector("button.btn-primary").focus();
  }

  document.addEventListener("keydown", onKey);
  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-counts]")) draw(box);
  });
})();
