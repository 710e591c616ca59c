const [text, failed] = ["filter", "failed"].map((id) => document.getElementById(id));
const rows = [...document.querySelectorAll(".matrix tbody tr")];
function show() {
  const wanted = text.value.toLowerCase().replaceAll(" ", "_");
  for (const row of rows) {
    const named = row.dataset.name.toLowerCase().includes(wanted);
    row.hidden = !named || (failed.checked && !row.querySelector(".failed"));
  }
}
text.addEventListener("input", show);
failed.addEventListener("change", show);
