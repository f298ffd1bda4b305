// A person's word on what was noticed: the alarm is looked after, the reports are one accident or two.

import { post } from "../api.js";
import { t } from "../i18n.js";
import { askReason, sayProblem, toast } from "../ui/toast.js";

export async function acknowledge(id) {
  try {
    await post(`/v1/alarms/${id}/acknowledge`, {});
    toast(t("alarm.acknowledged"));
  } catch (error) {
    sayProblem(error);
  }
}

/** `verb` is join, dismiss or split; the reason is asked and kept with the case. */
export async function answerDuplicate(verb, id) {
  const reasons = ["place", "caller", "vehicles", "other"].map((one) => t(`duplicate.${verb}.reason.${one}`));
  const reason = await askReason({ title: t(`duplicate.${verb}.title`), text: t(`duplicate.${verb}.text`), confirm: t(`duplicate.${verb}`), reasons });
  if (!reason) return;
  try {
    await post(`/v1/duplicates/${id}/${verb}`, { reason });
    toast(t(`duplicate.${verb}.done`));
  } catch (error) {
    sayProblem(error);
  }
}
