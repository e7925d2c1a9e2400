/**
 * Files that are pasted into the composer, or dropped anywhere on the page. Without this the browser would leave the page
 * to show a dropped file.
 */

/** @param {HTMLElement} input of the composer @param {() => void} onFiles */
export function watchFiles(input, onFiles) {
  // A copied part of a document brings a picture of itself along with its text.
  input.addEventListener("paste", ({clipboardData}) => {
    if (hasFiles(clipboardData) && !clipboardData?.getData("text/plain")) onFiles();
  });
  document.addEventListener("dragover", (event) => {
    if (hasFiles(event.dataTransfer)) event.preventDefault();
  });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event.dataTransfer)) return;
    event.preventDefault();
    onFiles();
  });
}

/** @param {DataTransfer | null} data */
function hasFiles(data) {
  return data?.types.includes("Files") ?? false;
}
