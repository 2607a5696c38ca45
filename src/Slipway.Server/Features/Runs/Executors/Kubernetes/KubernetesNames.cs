using System.Text.RegularExpressions;

namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>What the cluster accepts as a name, and how we name things there.</summary>
internal static partial class KubernetesNames
{
    /// <summary>A DNS label: names of Jobs and namespaces.</summary>
    public const string Label = "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$";

    /// <summary>Dotted DNS labels: most other names.</summary>
    public const string Subdomain = @"^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$";

    public const string Quantity = "^[0-9]{1,12}(\\.[0-9]{1,6})?(m|k|Ki|M|Mi|G|Gi|T|Ti)?$";

    public const string Image = "^[A-Za-z0-9][A-Za-z0-9._:/@-]{0,510}$";

    /// <summary>Labels of everything that is made here.</summary>
    public const string RunLabel = "slipway/run";

    public const string AttemptLabel = "slipway/attempt";

    /// <summary>The one container of a pod.</summary>
    public const string Container = "training";

    [GeneratedRegex(Label)]
    public static partial Regex LabelPattern();

    [GeneratedRegex(Subdomain)]
    public static partial Regex SubdomainPattern();

    [GeneratedRegex(Image)]
    public static partial Regex ImagePattern();

    /// <summary>Of a variable, as every shell understands it.</summary>
    [GeneratedRegex("^[A-Za-z_][A-Za-z0-9_]*$")]
    public static partial Regex VariablePattern();
}
