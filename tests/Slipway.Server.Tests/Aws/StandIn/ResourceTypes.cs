using static Slipway.Server.Tests.Aws.StandIn.Shape;

namespace Slipway.Server.Tests.Aws.StandIn;

/// <summary>A type of resource that templates may hold.</summary>
/// <param name="Type">Such as <c>AWS::SageMaker::Model</c>.</param>
/// <param name="Noun">What SageMaker calls one in its messages, and ARNs before the name.</param>
/// <param name="NameProperty">The property with its name; null for what has none.</param>
/// <param name="Properties">All that it takes.</param>
/// <param name="IsReplaced">Whether it cannot be changed, only replaced.</param>
/// <param name="Attributes">What <c>Fn::GetAtt</c> finds.</param>
internal sealed record ResourceType(
    string Type, string Noun, string? NameProperty, Shape Properties, bool IsReplaced, params string[] Attributes);

/// <summary>The resources that Slipway's templates may use, with the properties, patterns and limits of the services' models.</summary>
internal static class ResourceTypes
{
    public const string Model = "AWS::SageMaker::Model";
    public const string Config = "AWS::SageMaker::EndpointConfig";
    public const string Endpoint = "AWS::SageMaker::Endpoint";
    public const string Role = "AWS::IAM::Role";
    public const string Target = "AWS::ApplicationAutoScaling::ScalableTarget";
    public const string Policy = "AWS::ApplicationAutoScaling::ScalingPolicy";
    public const string Alarm = "AWS::CloudWatch::Alarm";

    private const string NamePattern = "[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}";

    private static readonly Shape Name = Text(63, NamePattern, 1);
    private static readonly Shape Arn = Text(2048, @"arn:aws[a-z\-]*:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+", 20);
    private static readonly Shape S3Uri = Text(1024, "(https|s3)://([^/]+)/?(.*)");
    private static readonly Shape Tags = List(Of(("!Key", Text(128, @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*", 1)), ("!Value", Text(256, @"[\p{L}\p{Z}\p{N}_.:/=+\-@]*"))));
    private static readonly Shape Vpc = Of(("!SecurityGroupIds", List(Text(32), 1, 5)), ("!Subnets", List(Text(32), 1, 16)));

    private static readonly Shape Container = Of(
        ("ContainerHostname", Name), ("Environment", Map(100, 1024)), ("Image", Text(255, @"[\S]+", 1)), ("Mode", Choice("SingleModel", "MultiModel")),
        ("ModelDataUrl", S3Uri),
        ("ModelDataSource", Of(("!S3DataSource", Of(
            ("!S3Uri", S3Uri), ("!S3DataType", Choice("S3Prefix", "S3Object")), ("!CompressionType", Choice("None", "Gzip")))))));

    private static readonly Shape Variant = Of(
        ("!VariantName", Name), ("ModelName", Name), ("InitialInstanceCount", Number(1)), ("InstanceType", Text(64, @"ml\.[a-z0-9-]+\.[a-z0-9]+")),
        ("InitialVariantWeight", Number(0)), ("VolumeSizeInGB", Number(1, 512)), ("ModelDataDownloadTimeoutInSeconds", Number(60, 3600)),
        ("ContainerStartupHealthCheckTimeoutInSeconds", Number(60, 3600)), ("VariantInstanceProvisionTimeoutInSeconds", Number(300, 3600)),
        ("EnableSSMAccess", Bool),
        ("InferenceAmiVersion", Choice(
            "al2-ami-sagemaker-inference-gpu-2", "al2-ami-sagemaker-inference-gpu-2-1", "al2-ami-sagemaker-inference-gpu-3-1",
            "al2023-ami-sagemaker-inference-gpu-4-1", "al2-ami-sagemaker-inference-neuron-2")),
        ("RoutingConfig", Of(("RoutingStrategy", Choice("LEAST_OUTSTANDING_REQUESTS", "RANDOM")))),
        ("ManagedInstanceScaling", Of(("Status", Choice("ENABLED", "DISABLED")), ("MinInstanceCount", Number(0)), ("MaxInstanceCount", Number(1)))),
        ("InstancePools", List(Of(("!InstanceType", Text(64, @"ml\.[a-z0-9-]+\.[a-z0-9]+")), ("!Priority", Number(1))), 1, 5)));

    private static readonly Shape Async = Of(
        ("ClientConfig", Of(("MaxConcurrentInvocationsPerInstance", Number(1, 1000)))),
        ("!OutputConfig", Of(
            ("KmsKeyId", Text()), ("S3OutputPath", S3Uri), ("S3FailurePath", S3Uri),
            ("NotificationConfig", Of(("SuccessTopic", Text()), ("ErrorTopic", Text()), ("IncludeInferenceResponseIn", List(Text())))))));

    private static readonly Shape Metric = Of(
        ("MetricName", Text()), ("Namespace", Text()), ("Statistic", Choice("Average", "Minimum", "Maximum", "SampleCount", "Sum")), ("Unit", Text()),
        ("Dimensions", List(Of(("!Name", Text(255)), ("!Value", Text(1024))))));

    private static readonly Shape Tracking = Of(
        ("!TargetValue", Number()), ("ScaleInCooldown", Number(0)), ("ScaleOutCooldown", Number(0)), ("DisableScaleIn", Bool),
        ("PredefinedMetricSpecification", Of(("!PredefinedMetricType", Text(128)), ("ResourceLabel", Text(1023)))),
        ("CustomizedMetricSpecification", Metric));

    private static readonly Shape Steps = Of(
        ("AdjustmentType", Choice("ChangeInCapacity", "PercentChangeInCapacity", "ExactCapacity")), ("Cooldown", Number(0)),
        ("MetricAggregationType", Choice("Average", "Minimum", "Maximum")), ("MinAdjustmentMagnitude", Number()),
        ("StepAdjustments", List(Of(
            ("MetricIntervalLowerBound", Number()), ("MetricIntervalUpperBound", Number()), ("!ScalingAdjustment", Number())), 1)));

    public static IReadOnlyDictionary<string, ResourceType> All { get; } = new ResourceType[]
    {
        new(Model, "model", "ModelName",
            Of(("ModelName", Name), ("ExecutionRoleArn", Arn), ("PrimaryContainer", Container), ("Containers", List(Container, 1, 15)),
                ("EnableNetworkIsolation", Bool), ("VpcConfig", Vpc), ("Tags", Tags)),
            IsReplaced: true, "ModelName", "Id"),
        new(Config, "endpoint-config", "EndpointConfigName",
            Of(("EndpointConfigName", Name), ("!ProductionVariants", List(Variant, 1, 10)), ("AsyncInferenceConfig", Async), ("KmsKeyId", Text()), ("Tags", Tags)),
            IsReplaced: true, "EndpointConfigName", "Id"),
        new(Endpoint, "endpoint", "EndpointName",
            Of(("EndpointName", Name), ("!EndpointConfigName", Name), ("RetainAllVariantProperties", Bool), ("Tags", Tags)),
            IsReplaced: false, "EndpointName", "Id"),
        new(Role, "role", "RoleName",
            Of(("RoleName", Text(64, @"[\w+=,.@-]+", 1)), ("!AssumeRolePolicyDocument", Document), ("Description", Text(1000)),
                ("ManagedPolicyArns", List(Text(2048, @"arn:aws[a-z\-]*:iam::(aws|\d{12}):policy/.+", 20), 0, 20)), ("MaxSessionDuration", Number(3600, 43200)),
                ("Path", Text(512)), ("Policies", List(Of(("!PolicyName", Text(128, @"[\w+=,.@-]+", 1)), ("!PolicyDocument", Document)))), ("Tags", Tags)),
            IsReplaced: false, "Arn", "RoleId"),
        new(Target, "scalable-target", null,
            Of(("!MaxCapacity", Number(0)), ("!MinCapacity", Number(0)), ("!ResourceId", Text(1600, "endpoint/[^/]+/variant/[^/]+", 1)), ("RoleARN", Arn),
                ("!ScalableDimension", Choice("sagemaker:variant:DesiredInstanceCount")), ("!ServiceNamespace", Choice("sagemaker"))),
            IsReplaced: false, "Id"),
        new(Policy, "scalingPolicy", "PolicyName",
            Of(("!PolicyName", Text(256, @"[\x20-\x7e]+", 1)), ("!PolicyType", Choice("StepScaling", "TargetTrackingScaling")), ("ResourceId", Text(1600)),
                ("ScalableDimension", Choice("sagemaker:variant:DesiredInstanceCount")), ("ServiceNamespace", Choice("sagemaker")), ("ScalingTargetId", Text()),
                ("TargetTrackingScalingPolicyConfiguration", Tracking), ("StepScalingPolicyConfiguration", Steps)),
            IsReplaced: false, "Arn", "PolicyName"),
        new(Alarm, "alarm", "AlarmName",
            Of(("AlarmName", Text(255)), ("AlarmDescription", Text(1024)), ("AlarmActions", List(Text(1024), 0, 5)), ("MetricName", Text(255)),
                ("Namespace", Text(255)), ("Statistic", Choice("Average", "Minimum", "Maximum", "SampleCount", "Sum")), ("Period", Number(10)),
                ("!EvaluationPeriods", Number(1)), ("DatapointsToAlarm", Number(1)), ("Threshold", Number()), ("TreatMissingData", Text(255)), ("Unit", Text()),
                ("!ComparisonOperator", Choice(
                    "GreaterThanOrEqualToThreshold", "GreaterThanThreshold", "LessThanThreshold", "LessThanOrEqualToThreshold")),
                ("Dimensions", List(Of(("!Name", Text(255)), ("!Value", Text(1024))), 0, 30))),
            IsReplaced: false, "Arn"),
    }.ToDictionary(type => type.Type);
}
