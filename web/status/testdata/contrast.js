// The texts of the page whose contrast with what is behind them is below 4.5.
(() => {
  const parse = text => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return {r, g, b, a};
  };
  const luminance = ({r, g, b}) => {
    const [x, y, z] = [r, g, b].map(v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = parse(getComputedStyle(e).backgroundColor);
      if (colour.a === 1) return colour;
      if (colour.a !== 0) throw new Error("a translucent background: " + e.className);
    }
    throw new Error("no background");
  };
  const bad = [];
  const check = (text, colour, e) => {
    const [light, dark] = [luminance(parse(colour)), luminance(behind(e))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) bad.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)} (${e.tagName}.${e.className})`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  let checked = 0;
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim(), e = walker.currentNode.parentElement;
    if (!text || !e.checkVisibility()) continue;
    check(text, getComputedStyle(e).color, e);
    checked++;
  }
  for (const e of document.querySelectorAll("input")) {
    check("placeholder", getComputedStyle(e, "::placeholder").color, e);
  }
  if (checked < 30) bad.push(`only ${checked} texts were found`);
  return bad;
})()
