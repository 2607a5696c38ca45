using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Deployments.Surface;

/// <summary>What the bodies about deployments must look like.</summary>
internal static class DeploymentBody
{
    private const int LongestPath = 1024;
    private const int LongestName = 256;
    private const int LongestArguments = 16384;
    private const int LongestValue = 32768;
    private const int MostTags = 64;
    private const int MostVariables = 256;
    private const int MostReplicas = 64;

    public static DeploymentOrder Read(BodyObject body) => new()
    {
        ModelPath = body.Required("model_path").Text(min: 1, max: LongestPath, mayBeBlank: false) ?? "",
        ModelVersion = body.Optional("model_version").Line(128),
        Tags = body.Optional("tags").List(item => item.Line(128)?.Trim(), max: MostTags)?.Distinct(StringComparer.Ordinal).ToList() ?? [],
        ExtraArgs = body.Optional("extra_args").Text(max: LongestArguments) ?? "",
        PreferredGpu = body.Optional("preferred_gpu").Integer32(0, 1023),
        HealthPath = ReadHealthPath(body.Optional("health_path")),
        Engine = body.Optional("engine").Line(32) ?? "auto",
        ServedModelName = ReadName(body.Optional("served_model_name")),
        Replicas = body.Optional("replicas").Integer32(1, MostReplicas) ?? 1,
        GpuMemoryBytes = body.Optional("gpu_memory_bytes").Integer(0, long.MaxValue),
        Env = body.Optional("env").Map(MostVariables, ReadVariable) ?? new Dictionary<string, string>(),
    };

    private static string? ReadHealthPath(BodyValue value) =>
        value.Line(LongestName) is not { } path ? null
        : path.StartsWith('/') && !path.StartsWith("//", StringComparison.Ordinal) && path.All(letter => letter is > ' ' and < '\x7f' and not '\\') ? path
        : value.Refuse<string>("accepted is a path of this server that begins with one '/', such as '/health'", FaultTypes.Const);

    private static string? ReadName(BodyValue value) =>
        value.Line(LongestName) is not { } name ? null
        : name.Length > 0 && !name.StartsWith('-') && name.All(letter => char.IsLetterOrDigit(letter) || letter is '.' or '_' or '-' or '/' or ':') ? name
        : value.Refuse<string>("only letters, digits and '.', '_', '-', '/', ':' are accepted, and no '-' at the beginning", FaultTypes.Const);

    private static string? ReadVariable(string name, BodyValue value) =>
        name.Length is > 0 and <= LongestName && !char.IsAsciiDigit(name[0]) && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_')
            ? value.Text(max: LongestValue) is { } text && !text.Contains('\0', StringComparison.Ordinal) ? text : value.Refuse<string>("a text without NUL is accepted", FaultTypes.Const)
            : value.Refuse<string>("a variable's name has letters, digits and '_', and begins with no digit", FaultTypes.Const);
}
