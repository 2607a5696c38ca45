namespace Slipway.Server.Features.Runs.Executors.Kubernetes;

/// <summary>What a launch wants of the cluster: the options with the run's parameters over them, checked.</summary>
internal sealed record JobWish(string Image, string? Namespace)
{
    /// <summary>Returns why it cannot be, in <paramref name="failure"/>, or the wish.</summary>
    public static JobWish? Of(Launch launch, KubernetesOptions options, out string failure)
    {
        failure = FaultOf(launch, options) ?? "";
        return failure.Length > 0
            ? null
            : new JobWish(
                launch.Parameters.GetValueOrDefault("image") ?? options.Image!, launch.Parameters.GetValueOrDefault("namespace"));
    }

    /// <summary>Why it cannot be; null when it can.</summary>
    public static string? FaultOf(Launch launch, KubernetesOptions options)
    {
        if (!KubernetesNames.LabelPattern().IsMatch(launch.Name))
        {
            return $"The name '{launch.Name}' cannot be a Job's: at most 63 of a-z, 0-9 and '-'.";
        }
        foreach (var (name, value) in launch.Parameters)
        {
            if (ParameterFailure(name, value, options) is { } failure)
            {
                return failure;
            }
        }
        if (options.Image is null && !launch.Parameters.ContainsKey("image"))
        {
            return "No image is chosen. Set Training:Kubernetes:Image, or give the run the parameter 'image'.";
        }
        return launch.Environment.Keys.FirstOrDefault(key => !KubernetesNames.VariablePattern().IsMatch(key)) is { } bad
            ? $"The variable '{bad}' cannot be set in a pod: a name has letters, digits and '_', and begins with no digit."
            : null;
    }

    private static string? ParameterFailure(string name, string value, KubernetesOptions options) => name switch
    {
        "image" when !options.AllowsOtherImages && value != options.Image =>
            $"The image '{value}' is not allowed here: runs use '{options.Image}'.",
        "image" when !KubernetesNames.ImagePattern().IsMatch(value) => $"'{value}' is no image's name.",
        "image" => null,
        "namespace" when value != options.Namespace && !options.OtherNamespaces.Contains(value) =>
            $"The namespace '{value}' is not allowed here: Training:Kubernetes:OtherNamespaces lists those that are.",
        "namespace" => null,
        _ => $"The kubernetes executor knows no parameter '{name}': it takes 'image' and 'namespace'.",
    };
}
