using System.Text.Json.Nodes;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>What we must be allowed to do.</summary>
internal static class KubeRights
{
    private static readonly (string Verb, string Group, string Resource, string? Part)[] Needed =
    [
        ("create", "batch", "jobs", null),
        ("get", "batch", "jobs", null),
        ("delete", "batch", "jobs", null),
        ("create", "", "secrets", null),
        ("list", "", "pods", null),
        ("delete", "", "pods", null),
        ("get", "", "pods", "log"),
    ];

    /// <summary>A sentence that names what is not allowed; null when all is.</summary>
    /// <exception cref="KubeException">The cluster does not say.</exception>
    public static async Task<string?> MissingAsync(KubeApi api, KubernetesOptions options, CancellationToken cancellationToken)
    {
        var place = api.DefaultNamespace;
        var needed = options.HostPath is null ? Needed.Append(("create", "", "configmaps", null)) : Needed;
        var answers = await Task.WhenAll(
            needed.Select(async right => (Right: right, IsAllowed: await AskAsync(api, place, right, cancellationToken))));
        var missing = answers.Where(answer => !answer.IsAllowed)
            .Select(answer => $"{answer.Right.Verb} {answer.Right.Resource}{(answer.Right.Part is { } part ? "/" + part : "")}")
            .ToList();
        return missing.Count == 0
            ? null
            : $"The cluster does not allow us to {string.Join(", ", missing)} in the namespace '{place}'. "
                + "A Role and a RoleBinding there do.";
    }

    private static async Task<bool> AskAsync(
        KubeApi api, string place, (string Verb, string Group, string Resource, string? Part) right, CancellationToken cancellationToken)
    {
        var attributes = new JsonObject
        {
            ["namespace"] = place,
            ["verb"] = right.Verb,
            ["group"] = right.Group,
            ["resource"] = right.Resource,
        };
        if (right.Part is not null)
        {
            attributes["subresource"] = right.Part;
        }
        var review = await api.PostAsync("apis/authorization.k8s.io/v1/selfsubjectaccessreviews", new JsonObject
        {
            ["apiVersion"] = "authorization.k8s.io/v1",
            ["kind"] = "SelfSubjectAccessReview",
            ["spec"] = new JsonObject { ["resourceAttributes"] = attributes },
        }, KubeJson.Default.KubeReview, cancellationToken);
        return review.Status?.Allowed == true;
    }
}
