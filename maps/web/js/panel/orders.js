// What the desk orders for one accident.

import { post } from "../api.js";
import { t } from "../i18n.js";
import { askReason, sayProblem, toast } from "../ui/toast.js";

/** A link for a party, on the clipboard where the browser allows it. */
export async function makeTrackingLink(id) {
  try {
    const { tracking_url: url } = await post(`/v1/incidents/${id}/tracking-links`, {});
    const address = new URL(url, location.href).href;
    await navigator.clipboard?.writeText(address).catch(() => null);
    toast(t("incident.link.ready", { url: address }));
  } catch (error) {
    sayProblem(error);
  }
}

/** Cancels once somebody has said why. */
export async function cancelIncident(id, onCancelled) {
  const reason = await askReason({
    title: t("cancel.title"), text: t("cancel.text"), confirm: t("cancel.confirm"),
    reasons: [t("cancel.false_alarm"), t("cancel.duplicate"), t("cancel.other_service")],
  });
  if (reason) await post(`/v1/incidents/${id}/cancel`, { reason }).then(onCancelled, sayProblem);
}
