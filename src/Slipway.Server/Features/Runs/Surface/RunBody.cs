using System.Text.RegularExpressions;
using Slipway.Client.Runs;
using Slipway.Server.Platform.Validation;

namespace Slipway.Server.Features.Runs.Surface;

/// <summary>What the bodies about runs must look like.</summary>
internal static partial class RunBody
{
    private const int LongestValue = 32768;
    private const int MostEntries = 256;
    private const int MostGpus = 1024;

    public static StartRunRequest ReadStart(BodyObject body) => new()
    {
        Executor = body.Optional("executor").OneOf([.. ExecutorNames.All]),
        Env = ReadMap(body.Optional("env"), VariableName(), "is no name of a variable; accepted are letters, digits and '_', no digit first, and not SLIPWAY_…"),
        Gpus = body.Optional("gpus").Integer32(0, MostGpus),
        ResumeFrom = body.Optional("resume_from").Line(max: 64),
        Parameters = ReadMap(body.Optional("parameters"), SettingName(), "is no name of a setting; accepted are letters, digits, '_', '.' and '-', a letter first"),
        Priority = body.Optional("priority").Integer32(-100, 100),
    };

    public static RetryRunRequest ReadRetry(BodyObject body) => new() { Resume = body.Optional("resume").Flag() };

    public static RunProgressReport ReadProgress(BodyObject body) => new()
    {
        Progress = body.Optional("progress").Number(0, 1),
        Step = body.Optional("step").Integer(0, long.MaxValue),
        TotalSteps = body.Optional("total_steps").Integer(1, long.MaxValue),
        Epoch = body.Optional("epoch").Number(0, double.MaxValue),
        EtaSeconds = body.Optional("eta_seconds").Number(0, double.MaxValue),
        Metrics = body.Optional("metrics").Map(MostEntries, (name, value) => MetricName().IsMatch(name)
            ? value.Number(double.MinValue, double.MaxValue)
            : value.RefuseValue<double>("is the value of no name of a series; accepted are 1 to 128 letters, digits, '_', '/', '.' and '-'", FaultTypes.Const)),
    };

    /// <summary>A map of texts; numbers and truth values count as they are written.</summary>
    private static IReadOnlyDictionary<string, string>? ReadMap(BodyValue value, Regex names, string rule) =>
        value.Map(MostEntries, (name, item) =>
            !names.IsMatch(name) ? item.Refuse<string>(rule, FaultTypes.Const)
            : item.Written(LongestValue) is not { } text ? null
            : text.Contains('\0', StringComparison.Ordinal) ? item.Refuse<string>("a zero byte is not accepted here", FaultTypes.Const)
            : text);

    [GeneratedRegex(@"\A(?!SLIPWAY_)[A-Za-z_][A-Za-z0-9_]{0,127}\z")]
    private static partial Regex VariableName();

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_.-]{0,127}\z")]
    private static partial Regex SettingName();

    [GeneratedRegex(@"\A[\w/.-]{1,128}\z")]
    private static partial Regex MetricName();
}
