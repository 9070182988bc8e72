// Draws [data-chart] from the JSON beside it. Bars are hours: all texts, the negative ones dark inside;
// a click opens the hour's texts. The page has the same figures as a table.
"use strict";
(() => {
  const ink = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

  function options(data) {
    const bar = (name, values, colour) => ({
      name, type: "bar", stack: "hour", data: values, barCategoryGap: "15%", cursor: "pointer",
      itemStyle: { color: colour },
    });
    const rest = data.all.map((all, place) => all - data.negative[place]);
    const series = [bar(data.words.negative, data.negative, ink("--grey")),
      bar(data.words.all, rest, ink("--line-strong"))];
    series[0].markLine = {
      symbol: ["none", "none"], silent: true, animation: false,
      lineStyle: { color: ink("--ink"), type: "solid", width: 1 },
      label: { formatter: (mark) => mark.data.name, color: ink("--ink"), fontSize: 11, distance: 2 },
      data: data.marks.map((mark) => ({ name: mark.label, xAxis: mark.at })),
    };
    return {
      animation: false,
      grid: { left: 34, right: 10, top: 22, bottom: 24 },
      tooltip: {
        trigger: "axis", axisPointer: { type: "shadow" }, backgroundColor: ink("--paper"),
        borderColor: ink("--line-strong"), textStyle: { color: ink("--ink"), fontSize: 13 },
        formatter: (found) => {
          const place = found[0].dataIndex;
          return [data.hours[place], `${data.words.all} ${data.all[place]}`,
            `${data.words.negative} ${data.negative[place]}`].join("<br>");
        },
      },
      xAxis: {
        type: "category", data: data.hours, axisTick: { show: false },
        axisLine: { lineStyle: { color: ink("--line-strong") } }, axisLabel: { color: ink("--grey"), fontSize: 12 },
      },
      yAxis: {
        type: "value", minInterval: 1, splitNumber: 3, axisLabel: { color: ink("--grey"), fontSize: 12 },
        splitLine: { lineStyle: { color: ink("--line") } },
      },
      series,
    };
  }

  function draw(box) {
    const data = JSON.parse(document.getElementById(box.dataset.chart).textContent);
    const chart = window.echarts.init(box, null, { renderer: "svg" });
    chart.setOption(options(data));
    chart.getZr().on("click", (event) => {
      const place = chart.convertFromPixel({ seriesIndex: 0 }, [event.offsetX, event.offsetY])[0];
      if (data.all[place]) window.location.href = data.urls[place];
    });
    new ResizeObserver(() => chart.resize()).observe(box);
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const box of document.querySelectorAll("[data-chart]")) draw(box);
  });
})();
