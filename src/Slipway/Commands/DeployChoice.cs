using System.Globalization;
using Slipway.Client.Deployer;

namespace Slipway.Commands;

/// <summary>Where and with what a model is deployed when the user does not say: what the catalog says of it decides.</summary>
/// <param name="Service">As the user wrote it.</param>
/// <param name="Instance">Where it runs.</param>
/// <param name="Engine">What runs it.</param>
/// <param name="OtherEngines">That could run it there as well.</param>
internal sealed record DeployChoice(string Service, string Instance, string Engine, IReadOnlyList<string> OtherEngines)
{
    private const string Local = "local";

    /// <summary>
    /// Of what can be there, the recommended and the first. Where nothing can be, the server has the last word: it says what could.
    /// </summary>
    public static DeployChoice Of(DeployableModelDetail model, string? service, string? instance, string? engine)
    {
        var wanted = service ?? Local;
        var engines = model.SupportedEngines.Where(EnginesReadyFor(wanted).Contains).ToList();
        var chosen = engine ?? (engines is [var first, ..] ? first : model.SupportedEngines is [var any, ..] ? any : "none");
        return new DeployChoice(wanted, instance ?? InstanceOf(model, wanted), chosen, [.. engines.Where(other => other != chosen)]);
    }

    /// <summary>What servers have a program or a container for.</summary>
    public static IReadOnlyList<string> EnginesReadyFor(string service) => service == Local ? ["slipway", "vllm", "sglang", "llama.cpp"] : ["vllm"];

    /// <summary>The smallest machine that can be rented for a model; <c>local</c> when it is for the server's own only.</summary>
    public static string Smallest(IReadOnlyList<string> instances) =>
        instances.Where(instance => instance != Local).OrderBy(SizeOf).FirstOrDefault() ?? Local;

    public override string ToString()
    {
        var others = OtherEngines.Count > 0 ? $" (or {string.Join(", ", OtherEngines)})" : "";
        return $"service {Service}, instance {Instance}, engine {Engine}{others}";
    }

    private static string InstanceOf(DeployableModelDetail model, string service) =>
        service == Local ? Local
        : model.RecommendedInstanceType != Local ? model.RecommendedInstanceType
        : Smallest(model.SupportedInstanceTypes);

    /// <summary>In units of <c>xlarge</c>; names of another form come last.</summary>
    private static int SizeOf(string instance)
    {
        var size = instance[(instance.IndexOf('.', StringComparison.Ordinal) + 1)..];
        return !size.EndsWith("xlarge", StringComparison.Ordinal) ? int.MaxValue
            : size == "xlarge" ? 1
            : int.TryParse(size[..^"xlarge".Length], NumberStyles.None, CultureInfo.InvariantCulture, out var times) ? times
            : int.MaxValue;
    }
}
