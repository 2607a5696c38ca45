using System.Collections.Frozen;

namespace Slipway.Server.Features.Deployer.SageMaker;

/// <summary>
/// Where AWS's deep learning containers are, and on what hosts they run. Accounts: the "Region availability" page of AWS's deep learning
/// containers. Host images: SageMaker's API reference of <c>ProductionVariant.InferenceAmiVersion</c>.
/// </summary>
internal static class ContainerImage
{
    private const string UsualAccount = "763104351884";

    private static readonly FrozenDictionary<string, string> Accounts = new Dictionary<string, string>
    {
        ["af-south-1"] = "626614931356",
        ["ap-east-1"] = "871362719292",
        ["ap-east-2"] = "975050140332",
        ["ap-northeast-3"] = "364406365360",
        ["ap-south-2"] = "772153158452",
        ["ap-southeast-3"] = "907027046896",
        ["ap-southeast-4"] = "457447274322",
        ["ap-southeast-5"] = "550225433462",
        ["ap-southeast-6"] = "633930458069",
        ["ap-southeast-7"] = "590183813437",
        ["ca-west-1"] = "204538143572",
        ["cn-north-1"] = "727897471807",
        ["cn-northwest-1"] = "727897471807",
        ["eu-central-2"] = "380420809688",
        ["eu-south-1"] = "692866216735",
        ["eu-south-2"] = "503227376785",
        ["il-central-1"] = "780543022126",
        ["me-central-1"] = "914824155844",
        ["me-south-1"] = "217643126080",
        ["mx-central-1"] = "637423239942",
    }.ToFrozenDictionary();

    /// <summary>AWS's vLLM container in a region.</summary>
    /// <param name="region">Such as <c>cn-north-1</c>.</param>
    /// <param name="suffix">That region's domain: <c>amazonaws.com.cn</c>.</param>
    /// <param name="tag">Such as <c>0.15.1-gpu-py312-cu129-ubuntu22.04-sagemaker</c>.</param>
    public static string Vllm(string region, string suffix, string tag) =>
        $"{Accounts.GetValueOrDefault(region, UsualAccount)}.dkr.ecr.{region}.{suffix}/vllm:{tag}";

    /// <summary>
    /// The host's image whose driver fits: a container on a host with too old a driver does not start, and one built for CUDA 12 hangs on
    /// the host for CUDA 13 without a word.
    /// </summary>
    public static string HostFor(string image) =>
        image.Contains("cu13", StringComparison.Ordinal) ? "al2023-ami-sagemaker-inference-gpu-4-1" : "al2-ami-sagemaker-inference-gpu-3-1";
}
