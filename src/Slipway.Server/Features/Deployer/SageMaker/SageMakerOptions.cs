using System.ComponentModel.DataAnnotations;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>Containers that AWS keeps ready.</summary>
internal enum ContainerKind
{
    /// <summary>vLLM with its own server.</summary>
    Vllm,

    /// <summary>Large Model Inference: vLLM behind DJL Serving.</summary>
    Lmi,
}

/// <summary>
/// How models are deployed to Amazon SageMaker. Where AWS is, and who calls it, is told under <c>Aws</c> and by AWS's own variables. A
/// setting that is there but empty counts as not set: files for containers like to write them so.
/// </summary>
internal sealed class SageMakerOptions
{
    private const string UsualStack = "EMD-Env";
    private const string UsualChinaHub = "https://hf-mirror.com";

    /// <summary>The role that endpoints run as. Null: the environment stack makes one.</summary>
    [RegularExpression(@"\Aarn:aws[a-z-]{0,20}:iam::[0-9]{12}:role/[A-Za-z0-9+=,.@_/-]{1,512}\z")]
    public string? RoleArn { get; init => field = NullIfEmpty(value); }

    /// <summary>Name of the one stack of a region that all deployments share: it holds the role.</summary>
    [RegularExpression(@"\A[A-Za-z][A-Za-z0-9-]{0,127}\z")]
    public string EnvironmentStack { get; init => field = NullIfEmpty(value) ?? UsualStack; } = UsualStack;

    /// <summary>Which of AWS's containers serves models.</summary>
    public ContainerKind Container { get; init; }

    /// <summary>A container image to take in the place of AWS's own, with registry and tag; it must understand the variables of the one it replaces.</summary>
    [RegularExpression(@"\A[A-Za-z0-9][A-Za-z0-9._:/@-]{0,254}\z")]
    public string? Image { get; init => field = NullIfEmpty(value); }

    /// <summary>Tag of AWS's container. Null: the one that this version was made with.</summary>
    [RegularExpression(@"\A[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\z")]
    public string? ImageTag { get; init => field = NullIfEmpty(value); }

    /// <summary>What the container's host runs. Null: by the CUDA version in the image's tag.</summary>
    [RegularExpression(@"\A[a-z0-9-]{1,128}\z")]
    public string? InferenceAmi { get; init => field = NullIfEmpty(value); }

    /// <summary>How long weights may take to be fetched, and the container to answer after that.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan StartupTimeout { get; init; } = TimeSpan.FromHours(1);

    /// <summary>When a stack has failed if it is not complete, in whole minutes.</summary>
    [Range(typeof(TimeSpan), "00:10:00", "1.00:00:00")]
    public TimeSpan CreateTimeout { get; init; } = TimeSpan.FromHours(2);

    /// <summary>Where asynchronous endpoints leave their answers, such as <c>s3://bucket/answers</c>; id and tag of the model follow.</summary>
    [RegularExpression(EndpointParams.S3Pattern)]
    public string? AsyncOutput { get; init => field = NullIfEmpty(value); }

    /// <summary>Whence containers in China fetch weights: they do not reach Hugging Face itself.</summary>
    [RegularExpression(@"\Ahttps?://[A-Za-z0-9.-]{1,200}(:[0-9]{1,5})?(/[A-Za-z0-9._/-]{0,200})?\z")]
    public string ChinaHub { get; init => field = NullIfEmpty(value) ?? UsualChinaHub; } = UsualChinaHub;

    /// <summary>How often AWS is asked while something goes on; six times as rarely while nothing does.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:10:00")]
    public TimeSpan PollEvery { get; init; } = TimeSpan.FromSeconds(10);

    private static string? NullIfEmpty(string? value) => value is "" ? null : value;
}

[OptionsValidator]
internal sealed partial class SageMakerOptionsValidator : IValidateOptions<SageMakerOptions>;
