namespace Slipway.Server.Features.Runs.Webhooks;

/// <summary>Looks at the targets; no message repeats an address or a secret.</summary>
internal sealed class WebhookTargetsValidator : IValidateOptions<WebhookOptions>
{
    private const int MostTargets = 32;
    private const int ShortestSecret = 16;

    public ValidateOptionsResult Validate(string? name, WebhookOptions options)
    {
        var targets = options.Webhooks;
        List<string> failures = [.. targets.SelectMany((target, index) => Faults(target).Select(fault => $"Training:Webhooks:{index}:{fault}"))];
        if (targets.Count > MostTargets)
        {
            failures.Add($"Training:Webhooks has {targets.Count}; at most {MostTargets} are accepted.");
        }
        if (targets.Select(target => target.Url).Distinct(StringComparer.Ordinal).Count() < targets.Count)
        {
            failures.Add("Training:Webhooks has the same Url twice; write its Events together.");
        }
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> Faults(WebhookTarget target)
    {
        if (!Uri.TryCreate(target.Url, UriKind.Absolute, out var url) || (url.Scheme != Uri.UriSchemeHttp && url.Scheme != Uri.UriSchemeHttps))
        {
            yield return "Url is none; accepted is an absolute one that begins with https:// or http://.";
        }
        else if (url.UserInfo.Length > 0)
        {
            yield return "Url has a user name or password; the Secret is what proves who calls.";
        }
        else if (!target.AllowPrivate && AddressRule.TryParse(url, out var address) && !AddressRule.IsPublic(address))
        {
            yield return "Url is an address of this machine or of a private network; set AllowPrivate to true if that is meant.";
        }
        if (target.Secret.Length < ShortestSecret)
        {
            yield return $"Secret has {target.Secret.Length} characters; at least {ShortestSecret} are accepted.";
        }
        foreach (var unknown in target.Events.Except(WebhookEvents.All, StringComparer.Ordinal))
        {
            yield return $"Events has '{unknown}'; accepted are {string.Join(", ", WebhookEvents.All)}.";
        }
    }
}
