const [text, failed] = ["filter", "failed"].map((id) => document.getElementById(id));
const groups = [...document.querySelectorAll(".matrix tbody")];
function show() {
  const wanted = text.value.toLowerCase().replaceAll(" ", "_");
  for (const group of groups) {
    const rows = [...group.querySelectorAll("tr[data-name]")];
    for (const row of rows) {
      const named = row.dataset.name.toLowerCase().includes(wanted);
      row.hidden = !named || (failed.checked && !row.querySelector(".failed"));
    }
    group.hidden = rows.every((row) => row.hidden);
  }
}
text.addEventListener("input", show);
failed.addEventListener("change", show);
